import Facts
import TestSupport
import Testing

@testable import Probing

@Suite(.oneAtATime) struct ResolverTests {
  private let v4: [UInt8] = [127, 0, 0, 9]
  private let v6: [UInt8] = [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [7]

  private func lookUp(
    _ name: String, within limit: Duration = .seconds(4),
    _ answer: @escaping @Sendable (String) -> NameServer.Reply
  ) async throws -> Resolver.Lookup {
    let server = try NameServer(answer)
    defer { withExtendedLifetime(server) {} }
    return await settled {
      await Resolver(chosenServer: server.address).lookUp(name + ".", by: .after(limit))
    } isOutOfTime: {
      $0.outcome == .outOfTime
    }
  }

  @Test func bothFamiliesAreFoundWithAliasAndTimeToLive() async throws {
    let (v4, v6) = (v4, v6)
    let lookup = try await lookUp("farm.example.test") { _ in
      .addresses([v4, v6], aliases: ["node1.example.test"], timeToLive: 77)
    }
    guard case .resolved(let records) = lookup.outcome else {
      Issue.record("\(lookup)")
      return
    }
    #expect(Set(records.map(\.address.bytes)) == [v4, v6])
    #expect(records.allSatisfy { $0.timeToLive == 77 })
    #expect(lookup.canonicalName == "node1.example.test")
    #expect(lookup.suffix == nil)
  }

  @Test func aNameThatDoesNotExistIsNotFound() async throws {
    #expect(try await lookUp("gone.example.test") { _ in .code(3) }.outcome == .notFound)
  }

  @Test func aNameWithoutAddressesHasNoAddress() async throws {
    #expect(try await lookUp("mail.example.test") { _ in .addresses([]) }.outcome == .noAddress)
  }

  @Test(arguments: [(UInt8(2), "SERVFAIL"), (5, "REFUSED"), (4, "NOTIMP")])
  func otherResponseCodesAreFailuresOfTheServer(_ code: UInt8, _ name: String) async throws {
    #expect(try await lookUp("srv.example.test") { _ in .code(code) }.outcome == .serverFailure(name))
  }

  @Test func aChosenServerThatIsSilentFails() async throws {
    let elapsed = try await shortest(within: .milliseconds(600)) {
      let (lookup, elapsed) = try await timed {
        try await lookUp("srv.example.test", within: .milliseconds(500)) { _ in .silence }
      }
      #expect(lookup.outcome == .serverFailure("silent"))
      return elapsed
    }
    #expect(elapsed < .milliseconds(600))
  }

  @Test func aChosenServerThatIsNotRunningIsUnreachable() async throws {
    let port = try NameServer { _ in .silence }.port
    let lookup = await settled {
      await Resolver(chosenServer: "127.0.0.1:\(port)").lookUp("srv.example.test.", by: .after(.seconds(3)))
    } isOutOfTime: {
      $0.outcome == .outOfTime
    }
    #expect(lookup.outcome == .serverFailure("unreachable"))
  }

  @Test func aServerThatIsNoAddressIsThisHostsFailure() async {
    let lookup = await Resolver(chosenServer: "no server").lookUp("srv.example.test", by: .after(.seconds(1)))
    guard case .failedHere = lookup.outcome else {
      Issue.record("\(lookup)")
      return
    }
  }

  @Test func garbageIsNoAnswer() async throws {
    let outcome = try await lookUp("srv.example.test", within: .seconds(2)) { _ in .garbage }.outcome
    #expect(outcome == .unreadable || outcome == .serverFailure("silent"))
  }

  @Test func anAddressThatCannotBeMeantIsLeftOut() async throws {
    let lookup = try await lookUp("dangling.example.test") { _ in .addresses([[0, 0, 0, 0]]) }
    #expect(lookup.outcome == .noAddress)
    #expect(lookup.unusable == [Address("0.0.0.0")])
  }

  @Test func oneFamilyThatIsNeverAnsweredDoesNotHoldUpTheOther() async throws {
    let v4 = v4
    let elapsed = try await shortest(within: .milliseconds(700)) {
      let (lookup, elapsed) = try await timed { try await lookUp("half.example.test") { _ in .onlyIPv4(v4) } }
      guard case .resolved(let records) = lookup.outcome else {
        Issue.record("\(lookup)")
        return .seconds(60)
      }
      #expect(records.map(\.address.bytes) == [v4])
      #expect(lookup.familyTrouble == ["ipv6": "no answer"])
      return elapsed
    }
    #expect(elapsed < .milliseconds(700))
  }

  @Test func lookingUpCanBeCancelledAtOnce() async throws {
    let server = try NameServer { _ in .silence }
    let elapsed = await shortest(within: .milliseconds(50)) {
      let task = Task {
        await Resolver(chosenServer: server.address).lookUp("srv.example.test.", by: .after(.seconds(30)))
      }
      await Task.yield()
      let start = ContinuousClock.now
      task.cancel()
      #expect(await task.value.outcome == .cancelled)
      return start.duration(to: .now)
    }
    withExtendedLifetime(server) {}
    #expect(elapsed < .milliseconds(50))
  }

  @Test func theHostsFileKnowsLocalhost() async {
    let lookup = await Resolver(chosenServer: nil).lookUp("localhost", by: .after(.seconds(2)))
    guard case .resolved(let records) = lookup.outcome else {
      Issue.record("\(lookup)")
      return
    }
    #expect(records.contains { $0.address == loopback })
    #expect(lookup.source == "hosts file")
  }

  @Test func shortNamesAreAskedWithTheSuffixesFirst() {
    let settings = NameChannel.Settings(
      servers: [], suffixes: ["corp.test", "lab.test"], dotsBeforeSearch: 1)
    func names(_ name: String, _ isAbsolute: Bool = false) -> [String] {
      Resolver.candidates(name, isAbsolute: isAbsolute, settings).map(\.name)
    }
    #expect(names("srv01") == ["srv01.corp.test", "srv01.lab.test", "srv01"])
    #expect(
      names("srv01.other.test") == [
        "srv01.other.test", "srv01.other.test.corp.test", "srv01.other.test.lab.test",
      ])
    #expect(names("srv01", true) == ["srv01"])
  }

  @Test func addressesThatThisHostCannotReachComeLast() {
    func record(_ text: String) -> NameRecord? {
      Address(text).map { NameRecord(address: $0, timeToLive: 1) }
    }
    let sorted = AddressOrder.sorted(["127.0.0.1", "::1"].compactMap(record))
    #expect(sorted.map(\.address.description) == ["::1", "127.0.0.1"])
  }
}
