import Foundation
import PackagePlugin

/// Puts the knowledge files of the package into the program, after every check. Runs again when one of them changes.
@main struct EmbedKnowledge: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let directory = context.package.directoryURL.appending(path: "Resources/knowledge")
    let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedKnowledge.swift")
    return [
      .buildCommand(
        displayName: "Checking and embedding the knowledge",
        executable: try context.tool(named: "knowledge-compiler").url,
        arguments: ["embed", directory.path(percentEncoded: false), output.path(percentEncoded: false)],
        inputFiles: files(below: directory), outputFiles: [output])
    ]
  }

  private func files(below directory: URL) -> [URL] {
    guard let walk = FileManager.default.enumerator(at: directory, includingPropertiesForKeys: nil) else {
      return []
    }
    return walk.compactMap { $0 as? URL }.filter { $0.pathExtension == "yaml" }
      .sorted { $0.path(percentEncoded: false) < $1.path(percentEncoded: false) }
  }
}
