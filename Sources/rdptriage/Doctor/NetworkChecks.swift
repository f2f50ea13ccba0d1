import CTimex
import Facts
import Foundation
import Probing

/// What probing depends on: names, ways out, the clock, trusted authorities, descriptors.
enum NetworkChecks {
  static func nameServers() async -> HostCheck {
    let (id, title) = ("resolver", "Name servers")
    guard let own = try? await OwnNameServers.look(within: .milliseconds(1500)) else {
      return HostCheck(
        id, title, .problem, "The resolver's configuration cannot be read.",
        advice: "Check that /etc/resolv.conf is there and readable.")
    }
    guard !own.servers.isEmpty else {
      return HostCheck(
        id, title, .problem, "No name server is set.",
        advice: "Put a nameserver line into /etc/resolv.conf, or name one with --dns SERVER.")
    }
    func words(_ server: OwnNameServers.Server) -> String {
      switch server.state {
      case .answers: "\(server.address) answers"
      case .declines(let code): "\(server.address) answers \(code)"
      case .silent: "\(server.address) does not answer"
      }
    }
    let list = own.suffixes.isEmpty ? "no search list" : "search list \(own.suffixes.joined(separator: " "))"
    let saw = own.servers.map(words).joined(separator: ", ") + "; \(list)."
    let answering = own.servers.filter { $0.state != .silent }
    if answering.isEmpty {
      return HostCheck(
        id, title, .problem, saw,
        advice:
          "Without names only targets typed by address can be looked at. Check the way to the name servers, or name another one with --dns SERVER."
      )
    }
    if answering.count < own.servers.count {
      return HostCheck(
        id, title, .warning, saw,
        advice: "Every look-up waits for the silent server first: take it out of /etc/resolv.conf.")
    }
    if !own.servers.contains(where: { $0.state == .answers }) {
      return HostCheck(
        id, title, .warning, saw,
        advice: "The name servers turn this host's questions down: check whether they serve its network.")
    }
    return HostCheck(id, title, .ok, saw)
  }

  static func routes() -> HostCheck {
    let (id, title) = ("route", "Way out")
    let sources = [Address.Family.ipv4, .ipv6].compactMap { OwnAddresses.source($0) }
    let addresses = OwnAddresses.all()
    guard !addresses.isEmpty else {
      return HostCheck(
        id, title, .problem, "This host has no address but that of loopback.",
        advice: "Bring a network interface up: `ip address` shows them.")
    }
    let own = "Addresses: \(addresses.prefix(6).map(\.description).joined(separator: ", "))"
    guard !sources.isEmpty else {
      return HostCheck(
        id, title, .warning, "\(own); no default route.",
        advice:
          "Only hosts in directly connected networks can be looked at. `ip route` and `ip -6 route` show what is known."
      )
    }
    let out = sources.map { "\($0.family == .ipv4 ? "IPv4" : "IPv6") from \($0)" }.joined(separator: ", ")
    let isWithoutIPv4 = !sources.contains { $0.family == .ipv4 }
    return HostCheck(
      id, title, isWithoutIPv4 ? .warning : .ok, "\(own); default route for \(out).",
      advice: isWithoutIPv4 ? "Targets that have IPv4 only cannot be reached from here." : nil)
  }

  /// Dates of certificates and the host's clock are held against this one.
  static func clock(now: Date = Date()) -> HostCheck {
    let (id, title) = ("clock", "Clock")
    let shown = now.ISO8601Format()
    let advice =
      "Dates of certificates and the clocks of hosts are held against this clock: start chrony or systemd-timesyncd."
    // Certificates of hosts in use do not begin before that, and this program did not exist.
    guard now.timeIntervalSince1970 > 1_767_225_600 else {
      return HostCheck(id, title, .problem, "The clock says \(shown), which is long past.", advice: advice)
    }
    return switch ctimex_is_in_step() {
    case 1: HostCheck(id, title, .ok, "The clock says \(shown) and is kept in step.")
    case 0:
      HostCheck(id, title, .warning, "The clock says \(shown), and nothing keeps it in step.", advice: advice)
    default:
      HostCheck(id, title, .warning, "The system does not say whether its clock is in step.", advice: advice)
    }
  }

  static func trustStore() -> HostCheck {
    let (id, title) = ("trust-store", "Trusted authorities")
    let store = OwnTrustStore.read()
    guard store.count > 0 else {
      return HostCheck(
        id, title, .warning,
        "There is none in \(SafeText.clean(store.file)) or \(SafeText.clean(store.directory)).",
        advice:
          "No certificate can be found trusted: install ca-certificates, and name your own authority with --ca-file FILE."
      )
    }
    return HostCheck(
      id, title, .ok,
      "\(store.count) of them, from \(SafeText.clean(store.file)). Your own authority may not be among them: --ca-file FILE names it."
    )
  }

  static func descriptors() -> HostCheck {
    let (id, title) = ("limits", "Open files")
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
      return HostCheck(id, title, .warning, "The system does not say how many files may be open.")
    }
    let count = limit.rlim_cur
    // Standard streams, the case database, and each probe's sockets with the sources on them.
    return count >= 128
      ? HostCheck(id, title, .ok, "Up to \(count) at once.")
      : HostCheck(
        id, title, count >= 48 ? .warning : .problem, "Only \(count) at once.",
        advice: "Raise the limit with `ulimit -n 1024` before the start.")
  }
}
