import Foundation
import KnowledgeFormat

func complain(_ text: String) {
  FileHandle.standardError.write(Data("\(text)\n".utf8))
}

let arguments = CommandLine.arguments.dropFirst()
let usage = """
  usage: knowledge-compiler check DIRECTORY
         knowledge-compiler embed DIRECTORY OUTPUT.swift
  """

switch (arguments.first, arguments.count) {
case ("check", 2):
  let directory = arguments[arguments.startIndex + 1]
  let (documents, problems) = KnowledgeDirectory.read(directory)
  let knowledge = DecodedKnowledge(documents)
  let all = (problems + knowledge.problems()).sorted()
  for problem in all { print(problem) }
  if all.isEmpty {
    print("\(documents.count) files, no problem")
  } else {
    complain("\(documents.count) files, \(all.count) problem\(all.count == 1 ? "" : "s")")
    exit(1)
  }
default:
  complain(usage)
  exit(64)
}
