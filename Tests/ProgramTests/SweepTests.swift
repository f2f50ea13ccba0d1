import Foundation
import Practice
import TestSupport
import Testing

/// Many hosts at once.
@Suite struct SweepTests {
  private let commands = HeadlessTests()

  private func sweep(_ list: String, _ options: String...) throws -> HeadlessTests.Result {
    try commands.run(["sweep", "-"] + options, input: list)
  }

  private func hosts(_ behaviours: [HostBehaviour]) throws -> [ScriptedHost] {
    try behaviours.map { try ScriptedHost.start($0) }
  }

  @Test func hostsAreGroupedByTheLikeliestCause() throws {
    let hosts = try hosts(
      [.healthy, .init(transport: .refuse), .healthy, .init(transport: .refuse)])
    defer { for host in hosts { host.stop() } }
    let list = hosts.map { "127.0.0.1:\($0.port)" }
    let result = try sweep("\u{FEFF}# ours\r\n" + list.joined(separator: " # one\r\n") + "\n\n", "--json")
    #expect(result.code == 1, "\(result.errors)")
    #expect(result.json["schema"] as? String == "rdptriage.sweep/1")
    #expect(result.json["complete"] as? Bool == true)
    let targets = try #require(result.json["targets"] as? [[String: Any]])
    #expect(targets.map { $0["target"] as? String } == list)
    #expect(targets.map { $0["state"] as? String } == ["healthy", "fault", "healthy", "fault"])
    let groups = try #require(result.json["groups"] as? [[String: Any]])
    #expect(groups.map { $0["state"] as? String } == ["fault", "healthy"])
    #expect(groups.map { $0["targets"] as? [String] } == [[list[1], list[3]], [list[0], list[2]]])
    #expect(hosts.allSatisfy { $0.waitUntilIdle() && $0.counters.connections <= 4 })
    #expect(hosts.allSatisfy { $0.counters.authenticateMessages == 0 })
  }

  @Test func aHostThatComesAgainIsLookedAtOnce() throws {
    let hosts = try hosts([.healthy])
    defer { for host in hosts { host.stop() } }
    let name = "127.0.0.1:\(hosts[0].port)"
    let result = try sweep("\(name)\n\(name)\n127.0.0.1-1:\(hosts[0].port)\n", "--json")
    #expect(result.code == 0)
    #expect((result.json["targets"] as? [Any])?.count == 1)
    #expect(result.errors.contains("2 of the list came again"))
    #expect(hosts[0].waitUntilIdle() && hosts[0].counters.connections <= 4)
  }

  @Test func eachLineIsADiagnosis() throws {
    let hosts = try hosts([.healthy, .init(transport: .refuse)])
    defer { for host in hosts { host.stop() } }
    let result = try sweep(hosts.map { "127.0.0.1:\($0.port)\n" }.joined(), "--ndjson")
    let lines = try result.output.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(lines.count == 2)
    #expect(lines.allSatisfy { $0["schema"] as? String == "rdptriage.diagnosis/1" })
    #expect(lines.allSatisfy { $0["causes"] != nil && $0["next"] != nil && $0["plan"] != nil })
    let ports = lines.compactMap { ($0["target"] as? [String: Any])?["port"] as? Int }
    #expect(Set(ports) == Set(hosts.map { Int($0.port) }))
  }

  @Test func textIsCalm() throws {
    let hosts = try hosts([.healthy] + Array(repeating: .init(transport: .refuse), count: 15))
    defer { for host in hosts { host.stop() } }
    let result = try sweep(hosts.map { "127.0.0.1:\($0.port)\n" }.joined())
    #expect(result.code == 1)
    #expect(result.output.hasPrefix("16 hosts, 1 with nothing wrong found, 15 with a fault."))
    #expect(result.output.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains("and 3 more"))
    #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(result.output)")
    #expect(result.output.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0.value != 0x7F })
  }

  @Test func aBadListIsRefusedBeforeAnyLook() throws {
    let hosts = try hosts([.healthy])
    defer { for host in hosts { host.stop() } }
    let good = "127.0.0.1:\(hosts[0].port)\n"
    for (bad, words) in [
      ("a b", "Line 2"), ("\u{1B}]0;x\u{07}", "Line 2"), ("-o", "Line 2"),
      ("10.0.0.0/33", "ranges are written"),
      ("10.0.0.9-3", "ends before it begins"), ("10.0.0.0/8", "more than 20000 hosts"),
      ("0.0.0.0/0", "more than 20000 hosts"), ("2001:db8::/64", "list the hosts"),
      ("10.0.0.1-3:0", "is no port"), (String(repeating: "a", count: 2000), "longer than 1024 bytes"),
    ] {
      let result = try sweep(good + bad + "\n")
      #expect(result.code == 65, "\(bad)")
      #expect(result.errors.contains(words), "\(bad): \(result.errors)")
      #expect(result.output.isEmpty)
      #expect(result.errors.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0.value != 0x7F })
    }
    #expect(try sweep("# nobody\n").code == 65)
    #expect(try commands.run("sweep", "/nowhere/at-all").code == 66)
    #expect(try sweep(good, "--max-connections", "5").code == 64)
    #expect(hosts[0].waitUntilIdle() && hosts[0].counters.connections == 0)
  }

  @Test func whatIsNotLookedAtInTimeIsNotCalledAnything() throws {
    let hosts = try hosts([.healthy, .init(transport: .mute), .init(transport: .mute)])
    defer { for host in hosts { host.stop() } }
    let list = hosts.map { "127.0.0.1:\($0.port)\n" }.joined()
    let result = try sweep(list, "--json", "--deadline", "2", "--at-once", "1", "--timeout", "60")
    #expect(result.code == 2, "\(result.output)")
    #expect(result.json["complete"] as? Bool == false)
    let targets = try #require(result.json["targets"] as? [[String: Any]])
    #expect(targets.map { $0["state"] as? String } == ["healthy", "not-looked-at", "not-looked-at"])
    #expect(targets[1]["cause"] == nil)
  }

  @Test(arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)] as [(Int32, Int32)])
  func anInterruptionPrintsWhatIsKnown(signal: Int32, code: Int32) throws {
    let hosts = try hosts([.healthy])
    defer { for host in hosts { host.stop() } }
    let (listener, port) = try LoopbackPort.bound()
    defer { close(listener) }
    try #require(listen(listener, 4) == 0)
    let list = FileManager.default.temporaryDirectory.appending(path: "sweep-\(UUID().uuidString)")
    let names = ["127.0.0.1:\(hosts[0].port)", "127.0.0.1:\(port)", "127.0.0.2:\(port)"]
    try Data(names.joined(separator: "\n").utf8).write(to: list)
    defer { try? FileManager.default.removeItem(at: list) }
    let program = try Command(
      BuiltProgram.path("rdptriage"),
      ["sweep", list.path, "--all", "--at-once", "1", "--timeout", "60"])
    var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
    try #require(poll(&entry, 1, 30_000) == 1)
    kill(program.processID, signal)
    let output = program.readOutput(until: { _ in false }, within: .seconds(10))
    #expect(program.wait(within: .seconds(10)) == code)
    #expect(output.hasPrefix("3 hosts, 1 with nothing wrong found, 2 not looked at."), "\(output)")
    #expect(names.allSatisfy(output.contains), "\(output)")
  }

  /// With the descriptors that a process has at first nearly everywhere.
  @Test func manyHostsAreLookedAtWithoutAFailure() throws {
    let expired = HostBehaviour(
      tls: .init(
        certificate: .made(
          .init(validFrom: .days(-400), validUntil: .days(-3), issuer: "Branch Authority"))))
    let behaviours: [HostBehaviour] = (0..<200).map { place in
      switch place % 10 {
      case 0, 1, 2: expired
      case 3, 4: .init(transport: .refuse)
      case 5 where place % 40 == 5: .init(transport: .mute)
      default: .healthy
      }
    }
    let hosts = try hosts(behaviours)
    defer { for host in hosts { host.stop() } }
    let list = FileManager.default.temporaryDirectory.appending(path: "sweep-\(UUID().uuidString)")
    try Data(hosts.map { "127.0.0.1:\($0.port)\n" }.joined().utf8).write(to: list)
    defer { try? FileManager.default.removeItem(at: list) }
    let result = try Command.run(
      "bash",
      [
        "-c", "ulimit -n 1024 && exec \"$0\" sweep \"$1\" --json 2>/dev/null",
        BuiltProgram.path("rdptriage"), list.path,
      ], within: .seconds(180))
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect(json["complete"] as? Bool == true)
    let states = (json["targets"] as? [[String: Any]] ?? []).map { $0["state"] as? String }
    #expect(states.count { $0 == "healthy" } == behaviours.count { $0 == .healthy })
    #expect(!states.contains("could-not-check"))
    let groups = try #require(json["groups"] as? [[String: Any]])
    let shared = groups.filter { ($0["shared"] as? String)?.contains("Branch Authority") == true }
    #expect(shared.map { ($0["targets"] as? [String])?.count } == [60])
    #expect(hosts.allSatisfy { $0.waitUntilIdle() && $0.counters.connections <= 4 })
    #expect(hosts.allSatisfy { $0.counters.authenticateMessages == 0 })
  }

  @Test func whatHostsHaveInCommonIsSaid() throws {
    func clock(_ domain: String) -> HostBehaviour {
      .init(credssp: .challenge(.init(dnsDomain: domain, clockOffset: .seconds(900))))
    }
    let hosts = try hosts([clock("branch.example"), clock("BRANCH.example"), clock("other.example")])
    defer { for host in hosts { host.stop() } }
    let silent = try [SilentPort(), SilentPort()]
    let list = (hosts.map(\.port) + silent.map(\.port)).map { "127.0.0.1:\($0)" }
    let result = try sweep(list.joined(separator: "\n"), "--json", "--timeout", "5")
    let groups = try #require(result.json["groups"] as? [[String: Any]])
    func targets(of words: String) -> [[String]] {
      groups.filter { ($0["shared"] as? String)?.contains(words) == true }
        .compactMap { $0["targets"] as? [String] }
    }
    #expect(targets(of: "the clock is off in the domain branch.example") == [Array(list[..<2])], "\(groups)")
    // What one host has alone is not in common.
    #expect(targets(of: "other.example").isEmpty)
    #expect(targets(of: "the network 127.0.0.0/24 is silent") == [Array(list[3...])], "\(groups)")
    withExtendedLifetime(silent) {}
  }

  @Test func anEarlierSweepIsCompared() throws {
    let hosts = try hosts([
      .healthy, .healthy,
      .init(transport: .otherService(bytes: Array("SSH-2.0-x\r\n".utf8), speaksFirst: true)),
    ])
    defer { for host in hosts { host.stop() } }
    let names = hosts.map { "127.0.0.1:\($0.port)" }
    let first = try sweep(names.map { $0 + "\n" }.joined(), "--json")
    let file = FileManager.default.temporaryDirectory.appending(path: "baseline-\(UUID().uuidString)")
    try Data(first.output.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    try hosts[1].change(
      to: .init(transport: .otherService(bytes: Array("SSH-2.0-x\r\n".utf8), speaksFirst: true)))
    try hosts[2].repair()
    let other = "127.0.0.1:\(try commands.freePort())"
    let second = try sweep(
      names[1...].map { $0 + "\n" }.joined() + other, "--json", "--baseline", file.path)
    let change = try #require(second.json["change"] as? [String: [String]])
    #expect(
      change == [
        "broken": [names[1]], "mended": [names[2]], "different": [], "added": [other], "gone": [names[0]],
      ])
    try Data("{\"schema\":\"rdptriage.sweep/1\",\"targets\":[{\"target\":\"\\u001b\",\"state\":\"x\"}]}".utf8)
      .write(to: file)
    #expect(try sweep(names[0], "--baseline", file.path).code == 65)
  }
}

/// One look for monitoring.
@Suite struct MonitoringTests {
  private let commands = HeadlessTests()

  @Test func aPlugInSaysOneLineWithItsStatus() throws {
    let host = try ScriptedHost.start(.healthy)
    defer { host.stop() }
    let name = "127.0.0.1:\(host.port)"
    let good = try commands.run("probe", name, "--check", "nagios")
    #expect(good.code == 0, "\(good.output)")
    #expect(
      try
        /RDP OK - [0-9.:]+: nothing wrong found \| time=[0-9.]+s;;;0;10.000 certificate=[0-9]+d;14:;0: clock_skew=(?!-0\.000)-?[0-9.]+s;-60:60;-300:300\n/
        .wholeMatch(in: good.output) != nil, "\(good.output)")
    let bad = try commands.run("probe", "127.0.0.1:\(try commands.freePort())", "--check", "nagios")
    #expect(bad.code == 2)
    #expect(bad.output.hasPrefix("RDP CRITICAL - "))
    #expect(bad.output.split(separator: "\n").count == 1 && bad.output.split(separator: "|").count == 2)
    #expect(host.waitUntilIdle() && host.counters.authenticateMessages == 0)
  }

  @Test func aClockThatDriftsIsAWarning() throws {
    let host = try ScriptedHost.start(
      HostBehaviour(credssp: .challenge(.init(clockOffset: .seconds(120)))))
    defer { host.stop() }
    let result = try commands.run("probe", "127.0.0.1:\(host.port)", "--check", "nagios")
    #expect(result.code == 1, "\(result.output)")
    #expect(result.output.hasPrefix("RDP WARNING - "))
  }

  @Test func whatCannotBeAskedIsUnknown() throws {
    let result = try commands.run("probe", "bad name", "--check", "nagios")
    #expect(result.code == 3)
    #expect(result.output == "RDP UNKNOWN - the host could not be looked at\n")
    #expect(try commands.run("probe", "srv01", "--check", "nagios", "--json").code == 64)
  }

  @Test func aTextfileIsValidExposition() throws {
    let host = try ScriptedHost.start(.healthy)
    defer { host.stop() }
    let result = try commands.run("probe", "127.0.0.1:\(host.port)", "--check", "prometheus")
    #expect(result.code == 0)
    #expect(result.output.hasSuffix("\n"))
    var helped: [Substring] = []
    var typed: [Substring] = []
    for line in result.output.split(separator: "\n") {
      if let match = line.wholeMatch(of: /# HELP ([a-z_]+) .+/) {
        helped.append(match.1)
      } else if let match = line.wholeMatch(of: /# TYPE ([a-z_]+) gauge/) {
        typed.append(match.1)
      } else {
        let sample = try #require(
          line.wholeMatch(of: /([a-z_]+)\{target="127\.0\.0\.1:[0-9]+"(,cause="[a-z-]+")?\} -?[0-9.]+/),
          "\(line)")
        #expect(sample.1 == typed.last)
      }
    }
    #expect(helped == typed && Set(typed).count == typed.count)
    #expect(
      typed.contains("rdptriage_status") && typed.contains("rdptriage_certificate_expiry_timestamp_seconds"))
  }
}
