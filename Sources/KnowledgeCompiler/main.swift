import Foundation
import KnowledgeFormat

func complain(_ text: String) {
  FileHandle.standardError.write(Data("\(text)\n".utf8))
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
  for problem in problems { print(problem) }
  guard problems.isEmpty else {
    complain("\(documents.count) files, \(problems.count) problem\(problems.count == 1 ? "" : "s")")
    exit(1)
  }
  print("\(documents.count) files, no problem")

case ("embed", 3):
  let (documents, problems) = load(arguments[1])
  for problem in problems { print(problem.compilerDescription) }
  guard problems.isEmpty else { exit(1) }
  let regression: Set<EntryKind> = [.cases, .exceptions]
  let entries = EmbeddedForm.text(of: documents.filter { !regression.contains($0.kind) })
  let cases = EmbeddedForm.text(of: documents.filter { regression.contains($0.kind) })
  let source = """
    /// Written by the knowledge compiler from the files in Resources/knowledge.
    enum EmbeddedKnowledge {
      static let entries: StaticString = \(EmbeddedForm.literal(entries))
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
