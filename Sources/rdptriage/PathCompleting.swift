import Foundation
import Wizard

extension PathCompletion {
  /// Completes a typed path among folders and files, of these only those that end so, whatever the case.
  /// Hidden names are offered once their point is typed.
  init(of text: String, ending: String?) {
    let slash = text.lastIndex(of: "/")
    let folder = slash.map { String(text[...$0]) } ?? ""
    let start = slash.map { text[text.index(after: $0)...] } ?? text[...]
    if text == "~" {
      self.init(text: "~/", names: ["~/"], count: 1)
      return
    }
    let place = folder.isEmpty ? "." : Self.expanded(folder)
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: place)) ?? [])
      .filter { $0.hasPrefix(start) && (!$0.hasPrefix(".") || start.hasPrefix(".")) }
      .compactMap { name -> String? in
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: "\(place)/\(name)", isDirectory: &isFolder) else {
          return nil
        }
        return isFolder.boolValue ? name + "/" : name.lowercased().hasSuffix(ending ?? "") ? name : nil
      }.sorted()
    guard let first = names.first, let last = names.last else {
      self.init(text: text, names: [], count: 0)
      return
    }
    // Sorted, so what the first and the last have in common all have.
    let common = zip(first, last).prefix { $0 == $1 }.map(\.0)
    self.init(text: folder + String(common), names: Array(names.prefix(Self.limit)), count: names.count)
  }

  /// A path whose `~` is the person's own folder.
  static func expanded(_ path: String) -> String {
    guard path == "~" || path.hasPrefix("~/") else { return path }
    return (ProcessInfo.processInfo.environment["HOME"] ?? NSHomeDirectory()) + path.dropFirst()
  }
}
