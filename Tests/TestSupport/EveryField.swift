public import Diagnosis
public import Facts

/// A case in which every kind of event, finding and detail occurs with every field filled, found to be whole by walking through it.
public enum EveryField {
  /// Names each kind of event once: a new one does not compile until it is told apart here, and then must be in ``events``.
  public static func kind(_ event: Case.Event) -> Int {
    switch event {
    case .opened: 0
    case .codeReported: 1
    case .answered: 2
    case .answerWithdrawn: 3
    case .submitted: 4
    case .submissionWithdrawn: 5
    case .probed: 6
    case .stepTaken: 7
    case .stepWithdrawn: 8
    case .proven: 9
    case .weakeningReversed: 10
    case .weakeningAccepted: 11
    case .ticket: 12
    case .closed: 13
    case .reopened: 14
    case .answeredTogether: 15
    case .putOff: 16
    case .told: 17
    }
  }
  public static let kinds = 18

  public static let findings: [Finding] = {
    func finding(_ status: Finding.Status, _ source: Finding.Source) -> Finding {
      Finding(
        "ntlm.names", status, source: source, summary: "The host calls itself so.",
        details: [
          .init("note", .text("a")), .init("count", .integer(7)), .init("ms", .number(1.5)),
          .init("is_so", .flag(true)), .init("names", .list([.text("b"), .integer(1)])),
          .init("servers", .table([.init("server", .text("c"))])),
        ], elapsed: .milliseconds(3))
    }
    return [
      finding(.answered("agrees"), .probe), finding(.notApplicable(because: "no"), .question("who")),
      finding(.inconclusive(.cancelled), .code), finding(.inconclusive(.outOfTime), .paste),
      finding(.inconclusive(.blocked(by: "tcp.port")), .file("f")),
      finding(.inconclusive(.unreadable("odd")), .probe), finding(.inconclusive(.notAsked("full")), .probe),
      finding(.inconclusive(.failedHere(.init(errno: 13, reason: "denied"))), .probe),
    ]
  }()

  public static let events: [Case.Event] = {
    var target = Target(host: .name("srv01"), port: 3390)
    target.gateway = "gw01:443"
    target.domain = "dom01"
    target.certificateName = "cert01"
    target.user = "DOM01\\anna"
    let other = Target(host: .ipv6("2001:db8::7"))
    return [
      .opened(target), .opened(other), .codeReported(ReportedCode(code: 3, extended: 7)),
      .codeReported(ReportedCode(entry: "event-schannel-36870")), .codeReported(nil), .answered("who", "all"),
      .answered("who", nil), .answerWithdrawn("who"),
      .answeredTogether([.init("who", "all", words: "everybody"), .init("when", nil)], .told),
      .answeredTogether([.init("who", nil)], .context), .putOff("who"), .told("Nobody gets in."),
      .submitted("paste", findings),
      .submissionWithdrawn("paste"), .probed(run: 1, findings), .stepTaken("restart", .done),
      .stepTaken("restart", .failed), .stepTaken("restart", .skipped), .stepWithdrawn("restart"),
      .proven("restart", .init(before: findings, after: findings, verdict: .notVisible)),
      .weakeningReversed("nla-off"), .weakeningAccepted("nla-off", reason: "so"), .ticket("INC1"),
      .closed(.solved(by: "restart")), .closed(.solved(by: nil)), .closed(.escalated(to: "network")),
      .closed(.closed), .reopened,
    ]
  }()

  public static let record = Case(
    id: "2026-05-04-srv01-7f3a0c",
    entries: events.enumerated().map { index, event in
      .init(time: Timestamp(seconds: 1_777_860_000.25 + Double(index)), person: "kim", event: event)
    })

  /// A place in a tree: names of fields, and numbers of items of lists.
  public enum Step: Hashable, Sendable {
    case field(String), item(Int)
  }

  /// The way to every text of the tree.
  public static func texts(of tree: Tree) -> [[Step]] {
    switch tree {
    case .text: [[]]
    case .list(let items):
      items.enumerated().flatMap { index, item in texts(of: item).map { [.item(index)] + $0 } }
    case .table(let fields):
      fields.flatMap { field in texts(of: field.value).map { [.field(field.name)] + $0 } }
    case .null, .flag, .integer, .large, .number: []
    }
  }

  /// The tree with another value at one place.
  public static func replacing(_ tree: Tree, at way: ArraySlice<Step>, with value: Tree) -> Tree {
    guard let step = way.first else { return value }
    switch (tree, step) {
    case (.list(var items), .item(let index)):
      items[index] = replacing(items[index], at: way.dropFirst(), with: value)
      return .list(items)
    case (.table(var fields), .field(let name)):
      for index in fields.indices where fields[index].name == name {
        fields[index].value = replacing(fields[index].value, at: way.dropFirst(), with: value)
      }
      return .table(fields)
    default: return tree
    }
  }
}
