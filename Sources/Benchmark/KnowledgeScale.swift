import Diagnosis
import Facts
import Foundation
import KnowledgeFormat
import TestSupport

/// The shipped knowledge several times over: as the embedded text, and as a team's folders.
struct KnowledgeScale {
  private static let shipped = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Resources/knowledge").path
  private static let copied: [EntryKind] = [.causes, .fixes, .questions, .codes]

  private let documents: [KnowledgeDocument]

  /// - Returns: nil where the files of the package are not at hand.
  init?() {
    let kinds: Set<EntryKind> = [.cases, .exceptions]
    documents = KnowledgeDirectory.read(Self.shipped).documents.filter { !kinds.contains($0.kind) }
    if documents.isEmpty { return nil }
  }

  /// What the program would hold with a base of `times` the size. Copies name each other's fixes and questions.
  func embedded(_ times: Int) -> String {
    var all = documents
    for number in 1..<max(1, times) {
      for document in documents where Self.copied.contains(document.kind) {
        var copy = document
        copy.id += "-x\(number)"
        copy.root = renamed(document.root, number, kind: document.kind)
        all.append(copy)
      }
    }
    return EmbeddedForm.text(of: all)
  }

  private func renamed(_ root: KnowledgeNode, _ number: Int, kind: EntryKind) -> KnowledgeNode {
    guard case .map(let fields) = root.content else { return root }
    return KnowledgeNode(
      .map(
        fields.map { field in
          switch (kind, field.name, field.value.content) {
          case (.causes, "fixes", .map(let fixes)):
            .init(field.name, KnowledgeNode(.map(fixes.map { .init($0.name + "-x\(number)", $0.value) })))
          case (.causes, "expects", .map(let findings)):
            .init(
              field.name,
              KnowledgeNode(
                .map(
                  findings.map { finding in
                    .init(
                      finding.name.hasPrefix("ask.") ? finding.name + "-x\(number)" : finding.name,
                      finding.value)
                  })))
          case (.codes, "value", .scalar(let text)):
            .init(
              field.name,
              KnowledgeNode(
                .scalar(
                  "\((UInt32(text.hasPrefix("0x") ? String(text.dropFirst(2)) : text, radix: text.hasPrefix("0x") ? 16 : 10) ?? 0) ^ UInt32(number) << 24)"
                )))
          default: field
          }
        }))
  }

  /// Folders with `times - 1` copies of every cause, fix and question, for `--knowledge`. The checks refuse them in the end; they are
  /// read and checked all the same, while the person looks at the first frame.
  func folders(_ times: Int, below folder: TemporaryFolder) throws -> [String] {
    let manager = FileManager.default
    return try (1..<max(1, times)).map { number in
      let target = "\(folder.path)/copy\(number)"
      for kind in ["causes", "fixes", "questions"] {
        try manager.createDirectory(atPath: "\(target)/\(kind)", withIntermediateDirectories: true)
        for name in try manager.contentsOfDirectory(atPath: "\(Self.shipped)/\(kind)")
        where name.hasSuffix(".yaml") {
          try manager.copyItem(
            atPath: "\(Self.shipped)/\(kind)/\(name)",
            toPath: "\(target)/\(kind)/\(name.dropLast(5))-x\(number).yaml")
        }
      }
      return target
    }
  }
}
