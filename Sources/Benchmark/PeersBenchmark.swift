import ArgumentParser
import Foundation
import TestSupport

/// rdptriage beside other programs that look at RDP and TLS from outside, on servers that none of them wrote.
struct PeersBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "peers",
    abstract:
      "rdptriage, nmap, sslscan and sslyze on xrdp, FreeRDP and OpenSSL servers: facts, time, connections, memory.",
    discussion: """
      Starts each server on 127.0.0.1 and lets every program look at it through a relay that counts connections. A fact that \
      rdptriage and another program state must be the same for both: else exit code 1. Servers and programs that are not installed \
      are named and left out. Debian has them as nmap, sslscan, xrdp, freerdp2-shadow-x11 with winpr-utils and xvfb, and openssl; \
      sslyze comes from PyPI.
      """)

  @Option(help: "How often each program looks at each server.")
  var runs = 3
  @Option(help: ArgumentHelp("Where sslyze is.", valueName: "file"))
  var sslyze: String?

  func validate() throws {
    guard runs > 0 else { throw ValidationError("--runs takes at least 1.") }
  }

  func run() async throws {
    let certificate = try TestCertificates().files(.good)
    let servers: [(String, Bool, () throws -> RealServer)] = [
      (
        "FreeRDP with Network Level Authentication", RealServer.isFreeRDPShadowAvailable,
        { try .freerdpShadow(nla: true, certificate: certificate) }
      ),
      (
        "xrdp with TLS", RealServer.isXRDPAvailable,
        { try .xrdp(.tls("TLSv1.2,TLSv1.3"), certificate: certificate) }
      ),
      (
        "openssl s_server: TLS, but no RDP", RealServer.isOpenSSLServerAvailable,
        { try .opensslServer(certificate: certificate) }
      ),
    ]
    var disagreements = 0
    let peers = peers()
    for (name, isAvailable, start) in servers {
      guard isAvailable else {
        print("\n\(name): not installed")
        continue
      }
      let server = try start()
      defer { server.stop() }
      print("\n\(name)")
      disagreements += try compare(peers, at: CountingRelay(to: server.port))
    }
    guard disagreements == 0 else {
      print("\n\(disagreements) disagreements")
      throw ExitCode(1)
    }
    print("\nEvery fact that rdptriage and another program both state is the same.")
  }

  // MARK: - Programs

  private struct Peer {
    var name: String
    var arguments: (_ port: UInt16, _ folder: String) -> [String]
    var facts: (_ output: String, _ folder: String) -> StatedFacts
    var isOwn = false
  }

  private func peers() -> [Peer] {
    let own = BuiltProgram.path("rdptriage")
    var peers = [
      Peer(
        name: "rdptriage", arguments: { port, _ in [own, "probe", "127.0.0.1:\(port)", "--json"] },
        facts: { output, _ in PeerFacts.rdptriage(output) }, isOwn: true),
      Peer(
        name: "rdptriage, 40 connections",
        arguments: { port, _ in [own, "probe", "127.0.0.1:\(port)", "--json", "--max-connections", "40"] },
        facts: { output, _ in PeerFacts.rdptriage(output) }, isOwn: true),
    ]
    let others: [(String, String?, Peer)] = [
      (
        "nmap", Command.path(of: "nmap"),
        Peer(
          name: "nmap",
          arguments: { port, _ in
            [
              "nmap", "-Pn", "-n", "-p", "\(port)", "--script",
              "+rdp-enum-encryption,+rdp-ntlm-info,+ssl-cert,+ssl-enum-ciphers", "127.0.0.1",
            ]
          }, facts: { output, _ in PeerFacts.nmap(output, at: Date()) })
      ),
      (
        "sslscan", Command.path(of: "sslscan"),
        Peer(
          name: "sslscan",
          arguments: { port, _ in ["sslscan", "--rdp", "--no-colour", "127.0.0.1:\(port)"] },
          facts: { output, _ in PeerFacts.sslscan(output) })
      ),
      (
        "sslyze", sslyze ?? Command.path(of: "sslyze"),
        Peer(
          name: "sslyze",
          arguments: { [sslyze] port, folder in
            [
              sslyze ?? "sslyze", "--starttls=rdp", "--mozilla_config=disable", "--certinfo", "--tlsv1",
              "--tlsv1_1",
              "--tlsv1_2", "--tlsv1_3",
              "--json_out=\(folder)/sslyze.json", "127.0.0.1:\(port)",
            ]
          },
          facts: { _, folder in
            PeerFacts.sslyze((try? String(contentsOfFile: "\(folder)/sslyze.json", encoding: .utf8)) ?? "")
          })
      ),
    ]
    for (name, path, peer) in others {
      if let path {
        print("\(name): \(path)")
        peers.append(peer)
      } else {
        print("\(name): not installed")
      }
    }
    return peers
  }

  // MARK: - Looking

  private struct Look {
    var milliseconds: Double
    var connections: Int
    /// In MiB.
    var peakMemory: Double
    var facts: StatedFacts
  }

  private func look(_ peer: Peer, at relay: CountingRelay) throws -> Look {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let log = "\(folder.path)/output"
    let arguments = peer.arguments(relay.port, folder.path)
    _ = relay.takeCount()
    let start = ContinuousClock.now
    let command = try Command(
      arguments[0], Array(arguments.dropFirst()), environment: ["HOME": folder.path], log: log)
    // Not getrusage(2): there a program inherits the peak of the one that started it. The kernel's own high-water mark is
    // that of the program alone; only what it took in its last moment is missed.
    var peak = 0
    let hasEnded = poll(within: .seconds(300)) {
      peak = max(peak, Self.highWaterMark(of: command.processID))
      return command.wait(within: .zero) != nil
    }
    let elapsed = start.duration(to: .now)
    guard hasEnded else {
      command.stop()
      throw Command.Failure("\(peer.name) did not end")
    }
    let output = String(decoding: (try? Data(contentsOf: URL(filePath: log))) ?? Data(), as: UTF8.self)
    return Look(
      milliseconds: elapsed.milliseconds, connections: relay.takeCount(), peakMemory: Double(peak) / 1024,
      facts: peer.facts(output, folder.path))
  }

  /// In KiB.
  private static func highWaterMark(of process: pid_t) -> Int {
    let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? 0
  }

  /// A program that ended between two looks at it has no peak.
  private static func mebibytes(_ number: Double) -> String {
    number > 0 ? String(format: "%.1f", number) : "-"
  }

  // MARK: - Comparing

  /// - Returns: how many facts are not the same for rdptriage and another program.
  private func compare(_ peers: [Peer], at relay: CountingRelay) throws -> Int {
    var looks = [[Look]](repeating: [], count: peers.count)
    for _ in 0..<runs {
      for (index, peer) in peers.enumerated() { looks[index].append(try look(peer, at: relay)) }
    }
    let said = looks.map { $0[0].facts }
    var disagreements = Set<String>()
    var isShared = [Set<String>](repeating: [], count: peers.count)
    for (own, ownPeer) in peers.enumerated() where ownPeer.isOwn {
      for (other, peer) in peers.enumerated() where !peer.isOwn {
        for run in 0..<runs {
          for (fact, value) in looks[other][run].facts {
            guard let mine = looks[own][run].facts[fact] else { continue }
            isShared[other].insert(fact)
            isShared[own].insert(fact)
            if mine != value {
              disagreements.insert("  DISAGREE \(fact): rdptriage \(mine), \(peer.name) \(value)")
            }
          }
        }
      }
    }
    print("  \("median of \(runs)".padded(26))     ms  connections  peak MiB  facts  shared")
    for (index, peer) in peers.enumerated() {
      func median(_ value: (Look) -> Double) -> Double { Benchmark.median(looks[index].map(value)) }
      print(
        "  \(peer.name.padded(26))"
          + String(
            format: "%7.0f  %11.0f  %8.1f  %5d  %6d", median(\.milliseconds),
            median { Double($0.connections) }, median(\.peakMemory), said[index].count, isShared[index].count)
      )
    }
    for (index, peer) in peers.enumerated() {
      let elsewhere = Set(
        peers.indices.filter { peers[$0].isOwn ? !peer.isOwn : $0 != index }.flatMap { said[$0].keys })
      let only = said[index].keys.filter { !elsewhere.contains($0) }.sorted()
      if !only.isEmpty { print("  only \(peer.name): \(only.joined(separator: ", "))") }
    }
    for line in disagreements.sorted() { print(line) }
    return disagreements.count
  }
}
