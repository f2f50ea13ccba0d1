import ArgumentParser
import CaseStore
import Diagnosis
import Facts
import Foundation
import Practice

struct PracticeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "practice",
    abstract: "The wizard on broken hosts that are built in and served on this machine, from easy to nasty.",
    discussion: """
      At the end it shows how well it went, against the planner's own way. What is practised is kept apart from the \
      cases, in DATA/practice, and teaches nothing about this site.
      """)

  @Argument(
    help: ArgumentHelp(
      "The practice case, or a file that `case export --format practice` wrote; without it the wizard lets you choose.",
      valueName: "name|file"))
  var name: String?
  @Flag(help: "Only list the practice cases.")
  var list = false
  @Flag(help: "With --list: print JSON.")
  var json = false
  @OptionGroup var patience: PatienceOptions
  @OptionGroup var data: DataOptions
  @OptionGroup var knowledge: KnowledgeOptions
  @OptionGroup var look: AppearanceOptions

  func validate() throws {
    if json, !list { throw ValidationError("--json goes with --list.") }
  }

  mutating func run() async throws {
    let courses = PracticeCatalogue.all.map(\.course)
    guard !list else { return try printList(courses) }
    var course: PracticeCase?
    if let name, !courses.contains(where: { $0.id == name }) {
      guard FileManager.default.fileExists(atPath: name) else {
        throw Failure(
          .usage,
          "There is no practice case and no file \(SafeText.clean(name, limit: 60)); there are \(courses.map(\.id).joined(separator: ", "))."
        ).exit()
      }
      course = try read(name)
    }
    try await WizardStart(
      data: data, knowledge: knowledge, look: look, practice: .some(course?.id ?? name), practiceCase: course
    ).start()
  }

  private func read(_ file: String) throws -> PracticeCase {
    let contents = try Patience.read(file, most: ExportedCase.mostBytes)
    let course: PracticeCase
    do {
      course = try PracticeFile(reading: contents, from: file).course
    } catch {
      throw Failure(.data, "\(error)").exit()
    }
    guard try knowledge.load().cause(course.cause) != nil else {
      throw Failure(
        .data,
        "\(file) is about the cause “\(course.cause)”, which is not known here. Add the team's knowledge with --knowledge DIR."
      ).exit()
    }
    return course
  }

  private func printList(_ courses: [PracticeCase]) throws {
    struct Value: Encodable {
      var id: String
      var title: String
      var level: String
      var story: String
      var code: String?
    }
    if json {
      print(
        try JSONOutput.text(
          courses.map {
            Value(
              id: $0.id, title: $0.title, level: $0.level.rawValue, story: $0.story,
              code: $0.code?.description)
          }))
    } else {
      for course in courses {
        print("\(course.id.padding(to: 24))  \(course.level.rawValue.padding(to: 8))  \(course.title)")
      }
    }
  }
}
