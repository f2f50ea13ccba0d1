import Facts
import Foundation

/// What an earlier sweep found.
struct SweepBaseline: Decodable {
  struct Host: Decodable {
    var target: String
    var state: String
    var cause: String?
  }

  static let schema = "rdptriage.sweep/1"
  static let mostBytes = 64 << 20

  var schema: String
  var targets: [Host]

  /// - Throws: the exit code, with a sentence on standard error.
  static func read(_ path: String) throws -> SweepBaseline {
    let data = try Patience.read(path, most: mostBytes)
    let shown = SafeText.clean(path, limit: 200)
    guard data.count <= mostBytes else {
      throw Failure(.data, "The baseline \(shown) is larger than \(mostBytes >> 20) MB.").exit()
    }
    guard let baseline = try? JSONDecoder().decode(SweepBaseline.self, from: data), baseline.schema == schema,
      baseline.targets.count <= SweepList.mostHosts,
      baseline.targets.allSatisfy({
        (try? Target($0.target)) != nil && SweptHost.State(rawValue: $0.state) != nil
      })
    else {
      throw Failure(.data, "\(shown) is not what `rdptriage sweep --json` prints.").exit()
    }
    return baseline
  }
}

/// How hosts are in comparison with an earlier sweep. Hosts that were not looked at in one of them are left out.
struct SweepChange {
  var broken: [SweptHost] = []
  var mended: [SweptHost] = []
  /// Not in order then or now, and something else than then.
  var different: [SweptHost] = []
  var added: [SweptHost] = []
  /// As they were named in the earlier one.
  var gone: [String] = []

  init(_ hosts: [SweptHost], since baseline: SweepBaseline) {
    var before = Dictionary(baseline.targets.map { ($0.target.lowercased(), $0) }) { first, _ in first }
    for host in hosts {
      guard let then = before.removeValue(forKey: host.target.connectText.lowercased()) else {
        added.append(host)
        continue
      }
      let state = SweptHost.State(rawValue: then.state) ?? .notLooked
      guard host.state != .notLooked, state != .notLooked else { continue }
      if host.state == .healthy {
        if state != .healthy { mended.append(host) }
      } else if state == .healthy {
        broken.append(host)
      } else if state != host.state || then.cause != host.cause?.name {
        different.append(host)
      }
    }
    gone = baseline.targets.map(\.target).filter { before[$0.lowercased()] != nil }
  }

  var value: SweepReport.ChangeValue {
    func names(_ hosts: [SweptHost]) -> [String] { hosts.map(\.target.connectText) }
    return .init(
      broken: names(broken), mended: names(mended), different: names(different), added: names(added),
      gone: gone)
  }

  func text(all: Bool) -> [String] {
    var lines = ["Since the earlier sweep"]
    let parts = [
      ("in order then, not now", broken), ("in order now, not then", mended),
      ("something else than then", different), ("new in the list", added),
    ]
    for (word, hosts) in parts where !hosts.isEmpty {
      lines.append("\(hosts.count)".padding(to: 5) + "  " + word)
      lines += SweepReport.names(hosts, all: all)
    }
    if !gone.isEmpty { lines.append("\(gone.count)".padding(to: 5) + "  no more in the list") }
    return lines.count == 1 ? ["Since the earlier sweep nothing has changed."] : lines
  }
}
