import Foundation
import KnowledgeFormat

/// Unbuffered, so that what goes to both streams stays in order.
func write(_ lines: [String], to stream: FileHandle = .standardOutput) {
  stream.write(Data(lines.map { $0 + "\n" }.joined().utf8))
}

func complain(_ text: String) {
  write([text], to: .standardError)
}

let usage = """
  usage: knowledge-compiler check DIRECTORY
         knowledge-compiler embed DIRECTORY OUTPUT.swift
  """

/// Reads and checks a directory.
func load(_ directory: String) -> (documents: [KnowledgeDocument], problems: [Problem]) {
  let (documents, unreadable) = KnowledgeDirectory.read(directory)
  return (documents, (unreadable + DecodedKnowledge(documents).problems()).sorted())
}

let arguments = Array(CommandLine.arguments.dropFirst())
switch (arguments.first, arguments.count) {
case ("check", 2):
  let (documents, problems) = load(arguments[1])
  write(problems.map(\.description))
  guard problems.isEmpty else {
    complain("\(documents.count) files, \(problems.count) problem\(problems.count == 1 ? "" : "s")")
    exit(1)
  }
  write(["\(documents.count) files, no problem"])

case ("embed", 3):
  let (documents, problems) = load(arguments[1])
  write(problems.map(\.compilerDescription))
  guard problems.isEmpty else { exit(1) }
  let regression: Set<EntryKind> = [.cases, .exceptions]
  let entries = EmbeddedForm.text(
    of: documents.filter {
      !regression.contains($0.kind) && $0.kind != .stories && $0.kind != .messages
    })
  let messages = EmbeddedForm.text(of: documents.filter { $0.kind == .messages })
  let stories = EmbeddedForm.text(of: documents.filter { $0.kind == .stories })
  let cases = EmbeddedForm.text(of: documents.filter { regression.contains($0.kind) })
  let source = """
    /// Written by the knowledge compiler from the files in Resources/knowledge.
    enum EmbeddedKnowledge {
      static let entries: StaticString = \(EmbeddedForm.literal(entries))
      static let messages: StaticString = \(EmbeddedForm.literal(messages))
      static let stories: StaticString = \(EmbeddedForm.literal(stories))
      static let cases: StaticString = \(EmbeddedForm.literal(cases))
    }

    """
  do {
    try Data(source.utf8).write(to: URL(fileURLWithPath: arguments[2]), options: .atomic)
  } catch {
    complain("\(arguments[2]): error: cannot be written: \(error.localizedDescription)")
    exit(74)
  }

default:
  complain(usage)
  exit(64)
}
