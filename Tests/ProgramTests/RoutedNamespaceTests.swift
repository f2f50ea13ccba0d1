import Foundation
import TestSupport
import Testing

/// The program and a real server in network namespaces of their own, and between them a router that does what routers and
/// firewalls on the way do. Nothing in them is linked to this machine's own interfaces.
@Suite(
  .serialized,
  .enabled(
    if: RealServer.isXRDPAvailable && TestCertificates.isAvailable && Namespaces.areAvailable
      && Command.path(of: "nft") != nil,
    "needs root, xrdp, openssl, unshare, nft and ip"))
struct RoutedNamespaceTests {
  private static let target = "198.51.100.129"

  /// `tell` and `drop` are rules for what is on its way to the server.
  enum Fault: String, CaseIterable, Sendable {
    case none = ":"
    case dropped = "rule 'tcp dport 3389 drop'"
    case reset = "rule 'tcp dport 3389 reject with tcp reset'"
    case portUnreachable = "rule 'tcp dport 3389 reject with icmpx type port-unreachable'"
    case prohibited = "rule 'tcp dport 3389 reject with icmpx type admin-prohibited'"
    case hostUnreachable = "rule 'tcp dport 3389 reject with icmpx type host-unreachable'"
    case hostGone = "ip -n s link set s0 down"
    case firstSYNLost = "rule 'tcp dport 3389 tcp flags & (syn | ack) == syn numgen inc mod 2 == 0 drop'"
    case dataDropped = "rule 'tcp dport 3389 tcp flags & psh == psh drop'"
    case udpDropped = "rule 'udp dport 3389 drop'"
    case udpProhibited = "rule 'udp dport 3389 reject with icmpx type admin-prohibited'"
    /// A link of 1280 bytes towards the client, and a router that says so.
    case narrow = "ip -n m link set m0 mtu 1280"
    /// The same, and nobody says so.
    case blackHoleFromHost = "ip -n m link set m0 mtu 1280; hush"
    case blackHoleToHost = "ip -n m link set m1 mtu 1280; hush"
    /// 300 ms there and back.
    case far = ": far"

    /// Joins the router's `m1` to the server's `s0`.
    var link: String {
      guard self == .far else { return "ip link add s0 netns s type veth peer name m1 netns m" }
      return Namespaces.slowLink(milliseconds: 150, from: "m m1", to: "s s0")
    }
  }

  private struct Look {
    var outcomes: [String: String] = [:]
    var details: [String: [String: Any]] = [:]
    var code: Int?
  }

  private func look(_ fault: Fault, only: String? = nil) throws -> Look {
    let folder = try TemporaryFolder()
    let certificate = try TestCertificates().files(.good)
    // With the last use of the value its files go.
    defer { withExtendedLifetime(certificate) {} }
    let settings = try RealServer.xrdpSettings(
      .tls("TLSv1.2,TLSv1.3"), certificate: certificate, place: "tcp://0.0.0.0:3389",
      in: folder)
    let script = try folder.write(
      """
      \(Namespaces.script("c m s"))
      ip link add c0 netns c type veth peer name m0 netns m
      \(fault.link)
      ip -n c address add 198.51.100.1/25 dev c0
      ip -n m address add 198.51.100.126/25 dev m0
      ip -n s address add \(Self.target)/25 dev s0
      ip -n m address add 198.51.100.254/25 dev m1
      for end in c:c0 m:m0 m:m1 s:s0; do ip -n ${end%:*} link set ${end#*:} up; done
      ip -n c route add default via 198.51.100.126
      ip -n s route add default via 198.51.100.254
      ip netns exec m sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'
      rule() {
        ip netns exec m nft "add table inet t; add chain inet t f { type filter hook forward priority 0; }"
        ip netns exec m nft "add rule inet t f $1"
      }
      hush() {
        ip netns exec m nft "add table inet t; add chain inet t o { type filter hook output priority 0; }"
        ip netns exec m nft "add rule inet t o icmp type destination-unreachable drop"
      }
      ip netns exec s xrdp -n -c '\(settings)' > '\(folder.path)/xrdp.log' 2>&1 &
      tries=0
      until ip netns exec s ss -Hltn 'sport = :3389' | grep -q .; do
        tries=$((tries + 1)); [ $tries -lt 200 ]; sleep 0.05
      done
      \(fault.rawValue)
      code=0
      ip netns exec c '\(BuiltProgram.path("rdptriage"))' probe \(Self.target) --json \(only.map { "--only \($0)" } ?? "") || code=$?
      echo "code=$code"
      """, to: "script.sh")
    let result = try Command.run("unshare", Namespaces.unshared(script), within: .seconds(90))
    let parts = result.output.components(separatedBy: "code=")
    let json = (try? JSONSerialization.jsonObject(with: Data((parts.first ?? "").utf8))) as? [String: Any]
    let findings = try #require(json?["findings"] as? [[String: Any]], "\(result.output)")
    var look = Look(code: parts.last.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) })
    for finding in findings {
      guard let id = finding["id"] as? String else { continue }
      look.outcomes[id] = finding["outcome"] as? String
      look.details[id] = finding["details"] as? [String: Any]
    }
    return look
  }

  @Test(arguments: [
    (Fault.dropped, "silent"), (.reset, "refused"), (.portUnreachable, "refused"),
    (.prohibited, "unreachable"), (.hostUnreachable, "unreachable"), (.hostGone, "unreachable"),
  ])
  func everyWayInWhichAPortIsOutOfReachIsToldApart(_ fault: Fault, _ outcome: String) throws {
    let look = try look(fault, only: "tcp.port,rdp.service")
    #expect(look.outcomes["tcp.port"] == outcome)
    #expect(look.outcomes["rdp.service"] == nil)
    #expect(look.code != 3)
  }

  @Test func aWayInOrderIsClearAndSteady() throws {
    let look = try look(.none, only: "path.mtu,tcp.quality,udp.transport,tls.support")
    #expect(look.outcomes["path.mtu"] == "clear")
    #expect(look.details["path.mtu"]?["largest_to_host"] as? Int == 1500)
    #expect(look.details["path.mtu"]?["largest_from_host"] as? Int ?? 0 > 1280)
    #expect(look.outcomes["tcp.quality"] == "steady")
    #expect(look.outcomes["tls.support"] == "modern-only")
    // xrdp knows no UDP, and its host says so.
    #expect(look.outcomes["udp.transport"] == "refused")
  }

  @Test func aNarrowLinkThatSaysSoIsClear() throws {
    let look = try look(.narrow, only: "path.mtu")
    #expect(look.outcomes["tls.handshake"] == "completed")
    #expect(look.outcomes["path.mtu"] == "clear")
  }

  @Test func largePacketsThatVanishFromTheHostAreABlackHole() throws {
    let look = try look(.blackHoleFromHost, only: "path.mtu")
    #expect(look.outcomes["rdp.service"] == "rdp")
    #expect(look.outcomes["tls.handshake"] == "silent")
    #expect(look.outcomes["path.mtu"] == "black-hole")
    #expect(look.details["path.mtu"]?["direction"] as? String == "from the host")
    #expect(look.details["path.mtu"]?["largest_from_host"] as? Int ?? 1500 <= 1280)
  }

  @Test func largePacketsThatVanishOnTheWayToTheHostAreABlackHole() throws {
    let look = try look(.blackHoleToHost, only: "path.mtu")
    #expect(look.outcomes["tls.handshake"] == "completed")
    #expect(look.outcomes["path.mtu"] == "black-hole")
    #expect(look.details["path.mtu"]?["direction"] as? String == "to the host")
  }

  @Test func aFirewallThatDropsAllDataIsNoBlackHole() throws {
    let look = try look(.dataDropped, only: "rdp.service,path.mtu")
    #expect(look.outcomes["tcp.port"] == "open")
    #expect(look.outcomes["rdp.service"] == "silent")
    #expect(look.outcomes["path.mtu"] == nil)
  }

  @Test func aLostSYNIsLoss() throws {
    let look = try look(.firstSYNLost, only: "tcp.quality")
    #expect(look.outcomes["tcp.port"] == "open")
    #expect(look.outcomes["tcp.quality"] == "lossy")
  }

  @Test(.enabled(if: Namespaces.canLinkSlowly, "needs /dev/net/tun")) func aFarHostIsSeenAsANearOne() throws {
    let (near, far) = (try look(.none), try look(.far))
    #expect(near.outcomes.count > 10)
    #expect(near.outcomes["tcp.quality"] == "steady")
    #expect(far.outcomes == near.outcomes.merging(["tcp.quality": "slow"]) { $1 })
    #expect(far.code == near.code)
  }

  @Test(arguments: [(Fault.udpDropped, "silent"), (.udpProhibited, "refused")])
  func whatHappensToUDPIsToldApart(_ fault: Fault, _ outcome: String) throws {
    #expect(try look(fault, only: "udp.transport").outcomes["udp.transport"] == outcome)
  }
}
