import Diagnosis
import Facts
import Foundation
import Probing

/// Looks at many hosts, so many at once and no faster than so many a second.
struct Sweep: Sendable {
  /// Gives each look its options.
  var request: ProbeRequest
  var atOnce: Int
  /// Looks that are begun in a second, at most.
  var pace: Double
  var assessor: Assessor

  /// Every host once, in the order in which they end; after a cancellation those that were done.
  ///
  /// - Parameters:
  ///   - line: Makes the line to print for a host, beside the look; nil for none.
  ///   - report: Is told of each host that is done; false ends the sweep.
  /// - Returns: one for each target, in the order of the list.
  func run(
    _ targets: [Target], line: (@Sendable (Look, Assessor) -> String?)? = nil,
    report: (SweptHost, String?) -> Bool
  ) async -> [SweptHost] {
    var hosts = targets.map(SweptHost.init(notLooked:))
    await withTaskGroup(of: (Int, SweptHost, String?)?.self) { group in
      let gap = Duration.seconds(1 / pace)
      var due = ContinuousClock.now
      var next = 0
      var running = 0
      func begin() {
        let place = next
        due = max(due, .now)
        let moment = due
        due += gap
        next += 1
        running += 1
        group.addTask { [request, assessor] in
          try? await Task.sleep(until: moment, clock: .continuous)
          guard !Task.isCancelled else { return nil }
          var own = request
          own.target = targets[place]
          let look = await Look.at(own)
          // Half a look is none: what it lacks would be taken for the host's doing.
          guard !Task.isCancelled else { return nil }
          let host = SweptHost(look, assessor.rank(Evidence(findings: look.findings)))
          return (place, host, line?(look, assessor))
        }
      }
      while next < targets.count, running < atOnce { begin() }
      while let ended = await group.next() {
        running -= 1
        if let (place, host, line) = ended {
          hosts[place] = host
          if !report(host, line) { group.cancelAll() }
        }
        if !group.isCancelled, !Task.isCancelled {
          while next < targets.count, running < atOnce { begin() }
        }
      }
    }
    return hosts
  }

  /// How many looks the descriptors of this process allow, after taking as many as it may have without a privilege.
  static func mostAtOnce(wanted: Int) -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return min(wanted, 16) }
    let enough = rlim_t(wanted * descriptorsOfLook + spareDescriptors)
    if limit.rlim_cur < enough {
      limit.rlim_cur = min(enough, limit.rlim_max)
      _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      _ = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
    let room = Int(clamping: limit.rlim_cur) - spareDescriptors
    return max(1, min(wanted, room / descriptorsOfLook))
  }

  private static let descriptorsOfLook = 24
  private static let spareDescriptors = 64
}
