import CCares
import Dispatch
import Facts
import Glibc

/// One c-ares channel (ares_init_options(3)), driven by Dispatch sources.
///
/// INVARIANT: the channel is touched on ``queue`` only.
final class NameChannel: @unchecked Sendable {
  static let queue = DispatchQueue(label: "rdptriage.names", qos: .userInitiated)

  /// What one server, or the hosts file, said about one name and family.
  enum Answer: Hashable, Sendable {
    case found([NameRecord], canonicalName: String?)
    /// The name exists, without an address of this family (RFC 2308 section 2.2).
    case noData
    /// RFC 1035 section 4.1.1, response code 3.
    case noSuchName
    /// Any other response code, for example `SERVFAIL`.
    case failed(String)
    case unreadable
    case silent
    /// ICMP said that no server listens there, or this host has no way to it.
    case unreachable
    case cancelled
    case noMemory
  }

  struct Both: Sendable {
    var ipv4: Answer
    var ipv6: Answer
  }

  private var channel: ares_channel?
  private var watches: [Int32: Watch] = [:]
  private var timer: (any DispatchSourceTimer)?
  private var wasCancelled = false

  /// Sources for one socket of c-ares, upon a copy of the descriptor: c-ares closes its own right after telling,
  /// and a source's descriptor must stay open until the source is cancelled.
  private final class Watch {
    var reading: (any DispatchSourceProtocol)?
    var writing: (any DispatchSourceProtocol)?
  }

  private init() {}

  private static let isLibraryReady = ares_library_init(ARES_LIB_INIT_ALL) == 0

  /// - Parameters:
  ///   - lookups: `f` for the hosts file, `b` for DNS.
  ///   - firstTry: Wait for the first of two tries; the second takes twice as long.
  /// - Returns: nil when the configuration of this host cannot be read.
  static func make(lookups: String, firstTry: Duration) async -> NameChannel? {
    await withCheckedContinuation { continuation in
      queue.async {
        let made = NameChannel()
        continuation.resume(returning: made.start(lookups: lookups, firstTry: firstTry) ? made : nil)
      }
    }
  }

  private func start(lookups: String, firstTry: Duration) -> Bool {
    guard Self.isLibraryReady else { return false }
    var options = ares_options()
    // The search list is walked by the caller, who tells servers and suffixes apart; so are response codes.
    options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOCHECKRESP
    options.timeout = Int32(clamping: max(50, firstTry.milliseconds))
    options.tries = 2
    options.sock_state_cb = { owner, descriptor, readable, writable in
      guard let owner else { return }
      Unmanaged<NameChannel>.fromOpaque(owner).takeUnretainedValue()
        .watch(descriptor, reading: readable != 0, writing: writable != 0)
    }
    options.sock_state_cb_data = Unmanaged.passUnretained(self).toOpaque()
    let mask =
      ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB | ARES_OPT_LOOKUPS
    let status = lookups.withCString { text in
      options.lookups = UnsafeMutablePointer(mutating: text)
      return ares_init_options(&channel, &options, mask)
    }
    return status == ccares_success
  }

  /// The host's own name servers, as `address:port`, and its search list (resolv.conf(5)).
  struct Settings: Sendable {
    var servers: [String] = []
    var suffixes: [String] = []
    var dotsBeforeSearch = 1
  }

  func settings() async -> Settings {
    await onQueue { channel in
      var settings = Settings()
      guard let channel else { return settings }
      var list: UnsafeMutablePointer<ares_addr_port_node>?
      if ares_get_servers_ports(channel, &list) == 0, let first = list {
        var next: UnsafeMutablePointer<ares_addr_port_node>? = first
        while let node = next {
          let count = node.pointee.family == AF_INET ? 4 : 16
          let bytes = withUnsafeBytes(of: node.pointee.addr) { Array($0.prefix(count)) }
          if let address = Address(bytes: bytes) {
            let port = node.pointee.udp_port == 0 ? 53 : UInt16(clamping: node.pointee.udp_port)
            settings.servers.append(address.text(port: port))
          }
          next = node.pointee.next
        }
        ares_free_data(first)
      }
      var options = ares_options()
      var mask: Int32 = 0
      if ares_save_options(channel, &options, &mask) == 0 {
        if options.ndots >= 0 { settings.dotsBeforeSearch = Int(options.ndots) }
        for index in 0..<max(0, Int(options.ndomains)) {
          if let text = options.domains?[index] { settings.suffixes.append(String(cString: text)) }
        }
        ares_destroy_options(&options)
      }
      return settings
    }
  }

  /// - Parameter server: `address` or `address:port`; false when it is neither.
  func use(server: String) async -> Bool {
    await onQueue { channel in
      channel.map { ares_set_servers_ports_csv($0, server) == 0 } ?? false
    }
  }

  /// Frees the channel; to be called once, after the last question.
  func close() {
    Self.queue.async {
      guard let channel = self.channel else { return }
      self.channel = nil
      ares_destroy(channel)
      self.timer?.cancel()
      self.timer = nil
    }
  }

  private func onQueue<Value: Sendable>(_ body: @escaping @Sendable (ares_channel?) -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      Self.queue.async { continuation.resume(returning: body(self.channel)) }
    }
  }

  /// Asks for the addresses of both families at once.
  ///
  /// Once one family has addresses, the other gets only a moment more: some servers never answer for AAAA.
  func addresses(of name: String, by deadline: Deadline) async -> Both {
    let lookup = Lookup()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        Self.queue.async {
          lookup.continuation = continuation
          self.begin(lookup, name, deadline)
        }
      }
    } onCancel: {
      Self.queue.async {
        self.wasCancelled = true
        if let channel = self.channel { ares_cancel(channel) }
      }
    }
  }

  private final class Lookup: @unchecked Sendable {
    var continuation: CheckedContinuation<Both, Never>?
    var ipv4: Answer?
    var ipv6: Answer?
    var onFirstFound: () -> Void = {}
    var onEnd: () -> Void = {}

    func settle(_ family: Address.Family, _ answer: Answer) {
      if family == .ipv4 { ipv4 = answer } else { ipv6 = answer }
      guard let ipv4, let ipv6 else {
        if case .found = answer { onFirstFound() }
        return
      }
      let waiting = continuation
      continuation = nil
      onEnd()
      onEnd = {}
      onFirstFound = {}
      waiting?.resume(returning: Both(ipv4: ipv4, ipv6: ipv6))
    }
  }

  private final class Question {
    let lookup: Lookup
    let family: Address.Family
    unowned let channel: NameChannel
    init(_ lookup: Lookup, _ family: Address.Family, _ channel: NameChannel) {
      self.lookup = lookup
      self.family = family
      self.channel = channel
    }
  }

  private func begin(_ lookup: Lookup, _ name: String, _ deadline: Deadline) {
    guard let channel, !wasCancelled else {
      lookup.settle(.ipv4, .cancelled)
      lookup.settle(.ipv6, .cancelled)
      return
    }
    let alarm = DispatchSource.makeTimerSource(queue: Self.queue)
    alarm.setEventHandler { ares_cancel(channel) }
    alarm.schedule(deadline: deadline.dispatchTime, leeway: .milliseconds(1))
    alarm.activate()
    // Keeps the channel alive while c-ares may call back.
    lookup.onEnd = { [self] in
      alarm.cancel()
      Self.queue.async { self.rest() }
    }
    lookup.onFirstFound = {
      let moment = min(Deadline.after(.milliseconds(400)), deadline)
      alarm.schedule(deadline: moment.dispatchTime, leeway: .milliseconds(1))
    }
    for family in [Address.Family.ipv4, .ipv6] {
      var hints = ares_addrinfo_hints()
      hints.ai_family = family == .ipv4 ? AF_INET : AF_INET6
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
      let question = Unmanaged.passRetained(Question(lookup, family, self))
      ares_getaddrinfo(
        channel, name, nil, &hints,
        { argument, status, _, result in
          defer { if let result { ares_freeaddrinfo(result) } }
          guard let argument else { return }
          let question = Unmanaged<Question>.fromOpaque(argument).takeRetainedValue()
          let answer = NameChannel.answer(status, result, wasCancelled: question.channel.wasCancelled)
          question.lookup.settle(question.family, answer)
        }, question.toOpaque())
    }
    scheduleTimer()
  }

  private static func answer(
    _ status: Int32, _ result: UnsafeMutablePointer<ares_addrinfo>?, wasCancelled: Bool
  ) -> Answer {
    switch status {
    case ccares_success:
      var records: [NameRecord] = []
      var next = result?.pointee.nodes
      while let node = next, records.count < 64 {
        if let address = Address(socketAddress: node.pointee.ai_addr) {
          records.append(NameRecord(address: address, timeToLive: Int(node.pointee.ai_ttl)))
        }
        next = node.pointee.ai_next
      }
      var canonical: String?
      var alias = result?.pointee.cnames
      while let entry = alias {
        if let name = entry.pointee.name { canonical = String(cString: name) }
        alias = entry.pointee.next
      }
      return records.isEmpty ? .noData : .found(records, canonicalName: canonical.map { SafeText.clean($0) })
    default: return failure(status, wasCancelled: wasCancelled)
    }
  }

  private static func failure(_ status: Int32, wasCancelled: Bool) -> Answer {
    switch status {
    case ccares_enodata: .noData
    case ccares_enotfound: .noSuchName
    case ccares_eservfail: .failed("SERVFAIL")
    case ccares_erefused: .failed("REFUSED")
    case ccares_enotimp: .failed("NOTIMP")
    case ccares_eformerr: .failed("FORMERR")
    case ccares_etimeout: .silent
    case ccares_econnrefused: .unreachable
    case ccares_ecancelled, ccares_edestruction: wasCancelled ? .cancelled : .silent
    case ccares_enomem: .noMemory
    default: .unreadable
    }
  }

  // MARK: - Other records

  /// Numbers of RFC 1035 section 3.2.2 and RFC 2782.
  enum RecordType: Int32, Sendable {
    case pointer = 12
    case service = 33
  }

  enum RecordsEnd: Sendable {
    /// A whole message with an answer in it.
    case message([UInt8])
    case none(Answer)
  }

  /// Asks for records of one type.
  ///
  /// A channel that was given up at a deadline gives up everything it was asked; so ask with one deadline at a time.
  func records(_ type: RecordType, of name: String, by deadline: Deadline) async -> RecordsEnd {
    let query = Query(self)
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        Self.queue.async {
          query.continuation = continuation
          self.begin(query, type, name, deadline)
        }
      }
    } onCancel: {
      Self.queue.async {
        self.wasCancelled = true
        if let channel = self.channel { ares_cancel(channel) }
      }
    }
  }

  private final class Query: @unchecked Sendable {
    var continuation: CheckedContinuation<RecordsEnd, Never>?
    var alarm: (any DispatchSourceTimer)?
    /// Keeps the channel alive while c-ares may call back.
    let channel: NameChannel
    init(_ channel: NameChannel) { self.channel = channel }

    func settle(_ end: RecordsEnd) {
      alarm?.cancel()
      alarm = nil
      let waiting = continuation
      continuation = nil
      waiting?.resume(returning: end)
      NameChannel.queue.async { [channel] in channel.rest() }
    }
  }

  private func begin(_ query: Query, _ type: RecordType, _ name: String, _ deadline: Deadline) {
    guard let channel, !wasCancelled else { return query.settle(.none(.cancelled)) }
    let alarm = DispatchSource.makeTimerSource(queue: Self.queue)
    alarm.setEventHandler { ares_cancel(channel) }
    alarm.schedule(deadline: deadline.dispatchTime, leeway: .milliseconds(1))
    alarm.activate()
    query.alarm = alarm
    ares_query(
      channel, name, Self.internetClass, type.rawValue,
      { argument, status, _, message, length in
        guard let argument else { return }
        let query = Unmanaged<Query>.fromOpaque(argument).takeRetainedValue()
        guard status == ccares_success, let message, length > 0 else {
          return query.settle(.none(NameChannel.failure(status, wasCancelled: query.channel.wasCancelled)))
        }
        query.settle(.message(Array(UnsafeBufferPointer(start: message, count: Int(length)))))
      }, Unmanaged.passRetained(query).toOpaque())
    scheduleTimer()
  }

  /// IN (RFC 1035 section 3.2.4).
  private static let internetClass: Int32 = 1
  /// Of a longer list the front is kept.
  private static let mostRecords = 64

  /// - Returns: nil when the message breaks the rules.
  static func services(in message: [UInt8]) -> [ServiceRecord]? {
    var list: UnsafeMutablePointer<ares_srv_reply>?
    let status = ares_parse_srv_reply(message, Int32(clamping: message.count), &list)
    defer { if let list { ares_free_data(list) } }
    guard status == ccares_success || status == ccares_enodata else { return nil }
    var records: [ServiceRecord] = []
    var next = list
    while let entry = next, records.count < mostRecords {
      let host = entry.pointee.host.map { String(cString: $0) } ?? ""
      // A lone dot: the service is decidedly not there (RFC 2782).
      if !host.isEmpty, host != "." {
        records.append(
          ServiceRecord(
            host: host, port: entry.pointee.port, priority: entry.pointee.priority,
            weight: entry.pointee.weight))
      }
      next = entry.pointee.next
    }
    return records
  }

  /// - Returns: nil when the message breaks the rules.
  static func names(of address: Address, in message: [UInt8]) -> [String]? {
    var entry: UnsafeMutablePointer<hostent>?
    let status = ares_parse_ptr_reply(
      message, Int32(clamping: message.count), address.bytes, Int32(address.bytes.count), address.domain,
      &entry)
    defer { if let entry { ares_free_hostent(entry) } }
    guard status == ccares_success || status == ccares_enodata else { return nil }
    var names: [String] = []
    func add(_ text: UnsafePointer<CChar>) {
      let name = String(cString: text)
      if !name.isEmpty, !names.contains(name) { names.append(name) }
    }
    if let first = entry?.pointee.h_name { add(first) }
    var next = entry?.pointee.h_aliases
    while let alias = next?.pointee, names.count < mostRecords {
      add(alias)
      next = next?.advanced(by: 1)
    }
    return names
  }

  private func watch(_ descriptor: Int32, reading: Bool, writing: Bool) {
    let watch = watches[descriptor] ?? Watch()
    watches[descriptor] = reading || writing ? watch : nil
    if reading, watch.reading == nil {
      watch.reading = source(descriptor, isReading: true)
    } else if !reading {
      watch.reading?.cancel()
      watch.reading = nil
    }
    if writing, watch.writing == nil {
      watch.writing = source(descriptor, isReading: false)
    } else if !writing {
      watch.writing?.cancel()
      watch.writing = nil
    }
  }

  private func source(_ descriptor: Int32, isReading: Bool) -> (any DispatchSourceProtocol)? {
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { return nil }
    let source: any DispatchSourceProtocol =
      isReading
      ? DispatchSource.makeReadSource(fileDescriptor: copy, queue: Self.queue)
      : DispatchSource.makeWriteSource(fileDescriptor: copy, queue: Self.queue)
    source.setEventHandler { [weak self] in
      guard let self, let channel = self.channel, self.watches[descriptor] != nil else { return }
      ares_process_fd(channel, isReading ? descriptor : -1, isReading ? -1 : descriptor)
      self.scheduleTimer()
    }
    source.setCancelHandler { Glibc.close(copy) }
    source.activate()
    return source
  }

  private func scheduleTimer() {
    guard let channel else { return }
    var next = timeval()
    guard ares_timeout(channel, nil, &next) != nil else {
      rest()
      return
    }
    let timer =
      self.timer
      ?? {
        let made = DispatchSource.makeTimerSource(queue: Self.queue)
        made.setEventHandler { [weak self] in
          guard let self, let channel = self.channel else { return }
          // A read source does not wake for an error alone, such as a datagram that ICMP refused.
          for descriptor in Array(self.watches.keys) { ares_process_fd(channel, descriptor, -1) }
          ares_process_fd(channel, -1, -1)
          self.scheduleTimer()
        }
        made.activate()
        self.timer = made
        return made
      }()
    let wait = min(next.tv_sec * 1_000_000 + Int(next.tv_usec) + 500, 50_000)
    timer.schedule(deadline: .now() + .microseconds(wait), leeway: .milliseconds(1))
  }

  private func rest() {
    var next = timeval()
    if let channel, ares_timeout(channel, nil, &next) != nil { return }
    timer?.cancel()
    timer = nil
  }
}

/// Where a service is offered (RFC 2782).
struct ServiceRecord: Hashable, Sendable {
  var host: String
  var port: UInt16
  /// Lower comes first.
  var priority: UInt16
  /// Among equal priorities more is asked more often.
  var weight: UInt16
}

/// One address, and how long it may be kept (RFC 1035 section 3.2.1).
struct NameRecord: Hashable, Sendable {
  var address: Address
  /// Seconds.
  var timeToLive: Int
}

extension Duration {
  var milliseconds: Int {
    let parts = components
    return Int(parts.seconds) * 1000 + Int(parts.attoseconds / 1_000_000_000_000_000)
  }

  /// With a fraction.
  var inMilliseconds: Double {
    let parts = components
    return Double(parts.seconds) * 1000 + Double(parts.attoseconds) / 1e15
  }
}
