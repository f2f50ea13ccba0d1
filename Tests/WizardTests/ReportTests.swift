import Diagnosis
import Facts
import Foundation
import Testing

@testable import Wizard

@Suite struct ReportTests {
  let nasty = CaseReport(
    title: "Case <b>&\"'",
    sections: [
      .init(heading: nil, lines: [.fact("Target", "[x](y) *b* {noformat} [/code]<script>")]),
      .init(
        heading: "H_1",
        lines: [.item("- item | `tick`"), .command("echo ```` '{noformat}' <&>"), .text("# no heading")]),
    ])

  @Test func nothingBreaksOutOfAPageOfHTML() {
    let page = ReportFormat.html.text(of: nasty)
    #expect(page.contains("default-src 'none'"))
    #expect(!page.contains("<script>"))
    #expect(!page.contains("<b>"))
    #expect(page.contains("&lt;script&gt;"))
    #expect(!page.contains("http:") && !page.contains("https:") && !page.contains("src="))
    for element in ["dl", "ul", "pre", "p", "body"] {
      let opened = page.components(separatedBy: "<\(element)>").count
      #expect(opened > 1 && opened == page.components(separatedBy: "</\(element)>").count, "\(element)")
    }
  }

  @Test func nothingEndsAServiceNowBlockEarly() {
    let text = ReportFormat.servicenow.text(of: nasty)
    #expect(text.hasPrefix("[code]"))
    #expect(text.components(separatedBy: "[/code]").count == 2)
    #expect(!text.contains("<script>"))
  }

  @Test func aFenceIsLongerThanWhatItHolds() {
    let text = ReportFormat.markdown.text(of: nasty)
    #expect(text.contains("\n`````\necho ```` "))
    #expect(text.contains("\\[x\\]\\(y\\) \\*b\\*"))
    #expect(text.contains("\\# no heading"))
  }

  @Test func nothingEndsAJiraBlockEarly() {
    let text = ReportFormat.jira.text(of: nasty)
    let lines = text.split(separator: "\n").filter { $0.contains("{noformat}") && !$0.contains("\\{") }
    #expect(lines.count == 2)
    #expect(text.contains("\\[x\\]"))
  }

  @Test func aHandOverNamesTheOwnerWhatIsProvenAndWhatToLookAt() throws {
    let knowledge = Small.knowledge
    let fix = try #require(
      knowledge.fixes.first { fix in knowledge.causes.contains { $0.cures.contains { $0.fix == fix.id } } })
    let record = Case(
      id: "c",
      entries: [
        .init(time: .init(seconds: 0), person: "kim", event: .opened(try Target("srv01"))),
        .init(
          time: .init(seconds: 1), person: "kim",
          event: .probed(
            run: 1,
            [
              Finding("tcp.port", .answered("open"), summary: "Port 3389 is open."),
              Finding("tls.handshake", .inconclusive(.outOfTime), summary: "No answer in time."),
            ])),
      ])
    let report = CaseReport(record, assessor: Assessor(knowledge: knowledge), for: fix.owner)
    let headings = report.sections.compactMap(\.heading)
    #expect(report.title.contains(Wording.owner(fix.owner)))
    #expect(headings.contains("Proven to be in order"))
    #expect(headings.contains("Could not be told"))
    #expect(headings.contains("Please look at"))
    let text = ReportFormat.plain.text(of: report)
    #expect(text.contains("Port 3389 is open."))
  }

  @Test func whatDoesNotFitTogetherIsSaidOnTheScreenAndInTheTicket() throws {
    let sentence = "0x3/0x7 is shown only after this has worked: Port."
    var drive = Scene.doubted.drive
    #expect(drive.text().contains("! does not fit together: w"))
    let record = try #require(drive.state.openCase)
    let report = CaseReport(record, assessor: Assessor(knowledge: Small.knowledge))
    #expect(ReportFormat.plain.text(of: report).replacing(/\s+/, with: " ").contains(sentence))
    drive.type("w")
    #expect(drive.text().contains(sentence))
    drive = Scene.step.drive
    #expect(!drive.text().contains("does not fit"))
  }

  @Test func twoFaultsAreSaidEvenWhenTheyCannotBeNamed() {
    var assessment = Assessor(knowledge: Small.knowledge).assess(Evidence(findings: [], isComplaint: true))
    #expect(Wording.doubts(assessment, Small.knowledge).isEmpty)
    assessment.oneCauseExplains = false
    #expect(Wording.doubts(assessment, Small.knowledge).first?.contains("or there are two") == true)
  }

  @Test func controlCharactersStayOutOfEveryFormat() throws {
    let record = Case(
      id: "c",
      entries: [
        .init(time: .init(seconds: 0), person: "k\u{1B}[31mim", event: .opened(try Target("srv01"))),
        .init(time: .init(seconds: 1), person: "kim", event: .ticket("T\u{7}\u{202E}1\n2")),
      ])
    for format in ReportFormat.allCases {
      let text = format.text(of: CaseReport(record, assessor: nil))
      #expect(!text.unicodeScalars.contains { $0.value < 32 && $0 != "\n" || $0 == "\u{202E}" }, "\(format)")
    }
  }
}
