import Diagnosis
import Facts

/// Words for values, the same on every screen and in the ticket text.
enum Wording {
  static func percent(_ probability: Double) -> String {
    let whole = Int((probability * 100).rounded())
    if whole < 1 { return "<1%" }
    return whole > 99 ? ">99%" : "\(whole)%"
  }

  static func time(_ duration: Duration) -> String {
    let parts = duration.components
    let milliseconds = Double(parts.seconds) * 1000 + Double(parts.attoseconds) / 1e15
    if milliseconds < 1 { return localized("<1 ms") }
    if milliseconds < 999.5 { return localized("\(Int(milliseconds.rounded())) ms") }
    let tenths = Int((min(milliseconds, 1e12) / 100).rounded())
    return tenths < 600 ? "\(tenths / 10).\(tenths % 10) s" : localized("\(tenths / 600) min")
  }

  static func minutes(_ minutes: Double) -> String {
    guard minutes.isFinite else { return "?" }
    if minutes < 1 { return localized("under 1 min") }
    let whole = Int(min(minutes, 1e6).rounded())
    return whole < 120 ? localized("\(whole) min") : localized("\(whole / 60) h \(whole % 60) min")
  }

  static func between(_ start: Timestamp, _ end: Timestamp) -> String {
    minutes(max(0, (end.seconds - start.seconds) / 60))
  }

  /// A number with at most one digit behind the point.
  static func rounded(_ number: Double) -> String {
    guard number.isFinite, abs(number) < 1e12 else { return "?" }
    let tenths = Int((number * 10).rounded())
    return tenths % 10 == 0 ? String(tenths / 10) : "\(tenths / 10).\(abs(tenths % 10))"
  }

  static func hours(_ hours: Double) -> String {
    guard hours.isFinite else { return localized("? hours") }
    if hours < 1 { return localized("\(Int((hours * 60).rounded())) minutes") }
    let tenths = Int((min(hours, 1e5) * 10).rounded())
    if tenths == 10 { return localized("1 hour") }
    return tenths % 10 == 0
      ? localized("\(tenths / 10) hours") : localized("\(tenths / 10).\(tenths % 10) hours")
  }

  static func layer(_ phase: Phase) -> String { localized(fixed: phase.words) }

  static func sentence(_ words: String) -> String {
    words.prefix(1).uppercased() + words.dropFirst()
  }

  static func weight(_ effect: Double) -> String {
    abs(effect) >= 1.5
      ? localized("strongly") : abs(effect) >= 0.5 ? localized("clearly") : localized("slightly")
  }

  /// Why only the caller's next try shows whether a fix at this place worked.
  static func unproven(_ place: Fix.Place) -> String {
    switch place {
    case .client: localized("the caller tries again: this host does not see their computer")
    case .network: localized("the caller tries again: their way is not the way from here")
    case .server, .domain, .broker, .gateway:
      localized("the caller tries again: only a sign-in shows it, and none is sent from here")
    }
  }

  static func verdict(_ verdict: Case.Verdict) -> String {
    switch verdict {
    case .changed: localized("What should have changed did.")
    case .unchanged: localized("The probes see no change.")
    case .notVisible: localized("Nothing that can be seen from outside would change: only trying it tells.")
    case .undecided: localized("The probes got no answer, so they prove nothing.")
    }
  }

  static func meaning(_ id: FindingID, _ outcome: OutcomeID, _ knowledge: KnowledgeBase?) -> String {
    let known = knowledge?.finding(id)?.outcomes.first { $0.id == outcome }?.meaning ?? ""
    return known.isEmpty ? outcome.name : known
  }

  /// One sentence after the other; nil when there is none.
  static func summaries(_ findings: [Finding]) -> String? {
    let said = findings.map(\.summary).filter { !$0.isEmpty }
    return said.isEmpty ? nil : said.joined(separator: " ")
  }

  static func title(_ id: FindingID, _ knowledge: KnowledgeBase?) -> String {
    knowledge?.finding(id)?.title ?? id.name
  }

  /// What does not fit together, a sentence for each.
  static func doubts(_ assessment: Assessment, _ knowledge: KnowledgeBase) -> [String] {
    var doubts: [String] = []
    if let pair = assessment.pair {
      doubts.append(
        localized(
          "One cause does not explain this. Two together would: \(title(pair.first, knowledge)), and \(title(pair.second, knowledge))."
        ))
    } else if !assessment.oneCauseExplains {
      doubts.append(
        localized("One cause does not explain this: something is wrong in what is known, or there are two."))
    }
    return doubts + contradictions(assessment.contradictions, knowledge)
  }

  static func contradictions(_ contradictions: [Contradiction], _ knowledge: KnowledgeBase) -> [String] {
    contradictions.map {
      localized(
        "\($0.code) is shown only after this has worked: \($0.title(knowledge)). From here it does not: \($0.seen(knowledge)). The code may be of another attempt, or the caller takes another way to the host."
      )
    }
  }

  static func title(_ id: CauseID, _ knowledge: KnowledgeBase?) -> String {
    knowledge?.cause(id)?.title ?? id.name
  }

  static func title(_ id: FixID, target: Target?, _ knowledge: KnowledgeBase?) -> String {
    guard let fix = knowledge?.fix(id) else { return id.name }
    return target.map { FixCard(fix, target: $0).fix.title } ?? fix.title
  }

  static func evidence(_ evidence: Reason.Evidence, target: Target?, _ knowledge: KnowledgeBase?) -> String {
    switch evidence {
    case .finding(.codeReported, let outcome): return localized("The client showed \(outcome.name).")
    case .finding(let id, let outcome):
      let means = meaning(id, outcome, knowledge)
      let title = title(id, knowledge)
      let words = title.hasSuffix("?") ? "\(title) \(means)" : "\(title): \(means)"
      return target.map { filled(words, $0) } ?? words
    case .failedFix(let fix):
      return localized("“\(self.title(fix, target: target, knowledge))” did not help.")
    }
  }

  static func inconclusive(_ reason: Inconclusive, _ knowledge: KnowledgeBase?) -> String {
    switch reason {
    case .cancelled: localized("stopped before it was done")
    case .outOfTime: localized("no answer in the time that this program gave it")
    case .blocked(let id): localized("not possible before: \(title(id, knowledge))")
    case .unreadable(let what): localized("the answer could not be read: \(what)")
    case .failedHere(let failure): localized("this machine could not ask: \(failure.reason)")
    case .notAsked(let why): localized("not asked: \(why)")
    }
  }

  static func detail(_ detail: Detail) -> String {
    switch detail {
    case .text(let text): text
    case .integer(let number): String(number)
    case .number(let number):
      number.isFinite && abs(number) < 1e12 && number == number.rounded() ? String(Int(number)) : "\(number)"
    case .flag(let flag): flag ? localized("yes") : localized("no")
    case .list(let list): list.map(Self.detail).joined(separator: ", ")
    case .table(let fields): fields.map { "\($0.name) \(Self.detail($0.value))" }.joined(separator: ", ")
    }
  }

  static func answer(_ question: QuestionID, _ choice: OutcomeID?, _ knowledge: KnowledgeBase?) -> String {
    guard let choice else { return localized("I don't know") }
    return knowledge?.question(question)?.choices.first { $0.id == choice }?.text ?? choice.name
  }

  static func owner(_ owner: Fix.Owner) -> String {
    switch owner {
    case .helpdesk: localized("helpdesk")
    case .serverAdmin: localized("server admin")
    case .domainAdmin: localized("domain admin")
    case .network: localized("network team")
    case .pki: localized("PKI team")
    case .user: localized("the caller")
    case .cloudAdmin: localized("cloud admin")
    }
  }

  /// As a closed case keeps it.
  static func owner(named word: String) -> String { Fix.Owner(rawValue: word).map(owner) ?? word }

  static func place(_ place: Fix.Place) -> String {
    switch place {
    case .client: localized("on the client")
    case .server: localized("on the server")
    case .domain: localized("in the domain")
    case .network: localized("in the network")
    case .broker: localized("on the connection broker")
    case .gateway: localized("on the gateway")
    }
  }

  static func restart(_ restart: Fix.Restart) -> String {
    switch restart {
    case .none: localized("no restart")
    case .service: localized("restarts a service")
    case .host: localized("RESTARTS THE HOST")
    case .client: localized("restarts the client")
    }
  }

  /// Who can tell what is found out there.
  static func teller(_ place: Fix.Place?) -> String {
    switch place {
    case nil: localized("the caller")
    case .client: localized("somebody at the person's PC")
    case .server: localized("an admin of the host")
    case .domain: localized("a domain admin")
    case .network: localized("the network team")
    case .broker: localized("the admin of the connection broker")
    case .gateway: localized("the admin of the gateway")
    }
  }

  /// A field of causes.
  static func group(of cause: Cause) -> String {
    switch cause.group {
    case "account": localized("account")
    case "avd": localized("cloud desktops")
    case "broker": localized("connection broker")
    case "certificate": localized("certificate")
    case "client": localized("client")
    case "entra": localized("Entra ID")
    case "gateway": localized("gateway")
    case "licensing": localized("licences")
    case "listener": localized("RDP service of the host")
    case "linux-host": localized("hosts without Windows")
    case "network": localized("network")
    case "nla": localized("sign-in before the session")
    case "none", "": localized(fixed: cause.phase.words)
    case "security": localized("security software")
    case "session": localized("session")
    case "third-party": localized("other products")
    case "update": localized("updates")
    default: cause.group
    }
  }

  /// Below it nothing is said to lead.
  static let leastLead = 0.25

  /// What is believed now: the cause that leads, or which fields are left while none does.
  static func standing(_ ranking: [RankedCause], _ knowledge: KnowledgeBase?) -> (lead: String, text: String)?
  {
    guard let leader = ranking.first else { return nil }
    let percent = percent(leader.probability)
    guard leader.probability < leastLead, let knowledge else {
      return (Composer.word(for: leader), "\(percent) \(title(leader.cause, knowledge))")
    }
    var shares: [String: Double] = [:]
    for ranked in ranking where ranked.cause != Cause.unknown && ranked.cause != Cause.healthy {
      guard let cause = knowledge.cause(ranked.cause) else { continue }
      shares[group(of: cause), default: 0] += ranked.probability
    }
    let left = shares.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(4)
      .filter { $0.value >= 0.05 }
      .map(\.key)
    return (localized("Not known yet. Left: "), left.joined(separator: ", "))
  }

  /// Doors are entries; the names of those that come with the program are translated.
  static func door(_ door: Fix.Door) -> String {
    switch door.rawValue {
    case "client": localized("at the client")
    case "console": localized("console")
    case "winrm": "WinRM"
    case "ssh": "SSH"
    case "smb": "SMB"
    case "serial console": localized("serial console")
    case "vsphere": "vSphere"
    case "hyperv": "Hyper-V"
    case "idrac": "iDRAC"
    case "ilo": "iLO"
    case "run command": localized("Run Command")
    case "jump host": localized("jump host")
    case "gui": localized("by mouse")
    default: door.rawValue
    }
  }

  static func shell(_ shell: Fix.Shell) -> String {
    switch shell {
    case .powershell: "PowerShell"
    case .cmd: localized("Command Prompt")
    case .bash: localized("shell")
    case .steps: localized("by hand")
    }
  }
}

extension Wording {
  /// A text of the knowledge with the target's values in it.
  static func filled(_ text: String, _ target: Target) -> String {
    FilledCommand(Fix.Command(door: .gui, shell: .steps, text: text), target: target).text
  }

  static func step(_ step: NextStep, _ target: Target, _ knowledge: KnowledgeBase?) -> String {
    switch step {
    case .question(let id): localized("ask: \(filled(knowledge?.question(id)?.ask ?? id.name, target))")
    case .fix(let id): title(id, target: target, knowledge)
    case .escalate(let owner): localized("hand over to: \(self.owner(owner))")
    case .none: localized("close the case: nothing is wrong")
    }
  }
}
