import Facts

extension Address {
  /// 127.0.0.0/8 and ::1 (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3).
  var isLoopback: Bool {
    switch family {
    case .ipv4: bytes.first == 127
    case .ipv6: bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
    }
  }
}

extension ProbeContext {
  /// Why what stands around the target's addresses says nothing about the target: they are this host's own. What
  /// answers there beside the RDP port is this host itself, which may be the mouth of a tunnel to the target.
  var loopbackObstacle: Finding.Status? {
    guard !addresses.isEmpty, addresses.allSatisfy(\.isLoopback) else { return nil }
    return .notApplicable(because: "the address is this host's own, perhaps the mouth of a tunnel")
  }
}

extension Finding {
  /// The target cannot be reached because of this host's own routes.
  public var isSaidHere: Bool {
    details.contains(.init("said_by", .text(AddressAttempt.byThisHost)))
  }

  /// With a summary made from the status, for what was not answered.
  init(_ id: FindingID, unanswered status: Status, details: [Field] = []) {
    let summary =
      switch status {
      case .answered(let outcome): "The answer is \(outcome)."
      case .inconclusive(let why): Inconclusive.sentence(why)
      case .notApplicable(let because): "Does not apply here: \(because)."
      }
    self.init(id, status, summary: summary, details: details)
  }
}
