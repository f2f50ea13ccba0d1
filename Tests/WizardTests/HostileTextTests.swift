import Diagnosis
import Facts
import Testing

@testable import Wizard

/// A peer's text in every field of a finding, in every way that a case is shown or handed on.
@Suite struct HostileTextTests {
  private static let hostile = "x\u{1B}]0;owned\u{7}\u{202E}\u{200F}\u{85}\u{2028}\ny"
  /// What would paint the screen, turn text around or break a line that is not the page's own.
  private static func harm(in text: String) -> Unicode.Scalar? {
    text.unicodeScalars.first { $0 != "\n" && SafeText.clean(String($0)) != String($0) }
  }

  private static func finding(_ id: FindingID, _ outcome: OutcomeID) -> Finding {
    let long = hostile + String(repeating: "w", count: 5000)
    return .saw(
      id, outcome, hostile,
      details: [
        .init("banner", .text(hostile)), .init("names", .list([.text(hostile), .text(long)])),
        .init("table", .table([.init(hostile, .text(long))])),
      ])
  }

  private static var drive: Drive {
    var drive = Drive()
    drive.open()
    drive.finish("name", finding("dns.lookup", "resolved"))
    drive.finish("port", finding("tcp.port", "open"))
    drive.finish("greeting", finding("rdp.security", "nla-required"))
    drive.finish(
      "session",
      Finding("rdp.session", .inconclusive(.unreadable(hostile)), summary: hostile),
      Finding("certificate.dates", .notApplicable(because: hostile), summary: hostile))
    drive.finish("doors", finding("doors.winrm", "open"))
    drive.endProbes()
    return drive
  }

  @Test(arguments: ["", "w", "p", "pj", "pjj", "h", "t", "b", "u", "?", "o", "y", "n", "e"])
  func onEveryScreenAndInLineMode(keys: String) {
    var drive = Self.drive
    drive.answer(["logon-query": "drain", "one-or-all-users": "all-users"])
    drive.type(keys)
    if keys.hasPrefix("p") { drive.press(.enter) }
    for (columns, rows) in [(80, 24), (40, 12), (200, 60)] {
      drive.send(.resized(Size(columns: columns, rows: rows)))
      for appearance in [Appearance.unicode, .ascii] {
        let text = drive.text(columns, rows, appearance)
        #expect(Self.harm(in: text) == nil, "\(keys), \(columns): \(text.debugDescription)")
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= rows)
      }
    }
    guard let page = LinearTests.page(drive.state) else { return }
    for line in page.lines + page.side + [page.keys, page.prompt, page.notice ?? ""] {
      #expect(SafeText.clean(line, limit: 100_000) == line, "\(keys): \(line.debugDescription)")
    }
  }

  @Test func theTextIsShownAtAll() {
    var drive = Self.drive
    drive.type("p")
    #expect(drive.text().contains("x·]0;owned"))
  }

  @Test(arguments: ReportFormat.allCases) func inEveryFormatForTickets(format: ReportFormat) throws {
    let record = try #require(Self.drive.state.openCase)
    let report = CaseReport(record, assessor: Assessor(knowledge: Small.knowledge))
    let text = format.text(of: report)
    #expect(Self.harm(in: text) == nil, "\(format): \(text.debugDescription)")
    #expect(text.contains("owned"), "\(format)")
    #expect(!text.split(separator: "\n").contains("y"), "\(format): a line of the peer's own")
    #expect(text.split(separator: "\n").allSatisfy { $0.count < 4000 }, "\(format): a line without end")
  }
}
