import Foundation

/// The products that were built together with the tests.
public enum BuiltProgram {
  /// The path of a product beside the test bundle, for example `rdptriage`.
  public static func path(_ name: String) -> String {
    let own =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? CommandLine.arguments[0]
    // The tests may be run by a helper of the toolchain: then the bundle is among its arguments.
    let candidates = ([own] + CommandLine.arguments).filter { $0.hasPrefix("/") }
      .map { URL(filePath: $0).deletingLastPathComponent().appending(path: name).path(percentEncoded: false) }
    return candidates.first { FileManager.default.isExecutableFile(atPath: $0) } ?? name
  }
}
