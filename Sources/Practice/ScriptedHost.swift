import COpenSSL
@preconcurrency import Dispatch
import Glibc
import Synchronization

/// A host on 127.0.0.1 that behaves as told, at a port of its own, over real sockets.
///
/// One thread listens and each connection has one; at most 64 are served at a time. `stop()` ends them all.
public final class ScriptedHost: Sendable {
  public let port: UInt16
  /// Clients that say nothing for this long are let go.
  public static let patience: Duration = .seconds(60)
  private static let connectionLimit = 64

  private let listener: Int32
  private let state: Mutex<State>

  private struct State {
    var behaviour: HostBehaviour
    var tls: ServerTLS?
    var counters = Counters()
    var live: Set<Int32> = []
    var isListening = false
    var isStopped = false
    var runningThreads = 0
    var waiters: [DispatchSemaphore] = []
  }

  /// What a host has seen so far.
  public struct Counters: Hashable, Sendable {
    public var connections = 0
    /// Connections that were open at the same moment; one that its client has closed counts no more.
    public var mostAtOnce = 0
    /// Messages that try to sign in: NTLM AUTHENTICATE, a Kerberos AP-REQ, a TSRequest with credentials or with proof
    /// of the server's key, and a Client Info PDU that names somebody.
    public var authenticateMessages = 0
    /// Client Info PDUs, with or without a name in them.
    public var clientInfos = 0
    /// Of each X.224 Connection Request, in order; nil: an old client that does not negotiate.
    public var protocolsAsked: [UInt32?] = []
    /// The cookie or routing token of each, without its CR LF.
    public var requestLines: [String?] = []
  }

  private init(listener: Int32, port: UInt16, behaviour: HostBehaviour, tls: ServerTLS?) {
    self.listener = listener
    self.port = port
    state = Mutex(State(behaviour: behaviour, tls: tls))
  }

  deinit { close(listener) }

  /// Starts a host. It serves until `stop()`.
  /// - Parameter port: 0 takes a free one.
  public static func start(_ behaviour: HostBehaviour, port: UInt16 = 0) throws(PracticeError) -> ScriptedHost
  {
    let tls = try makeTLS(behaviour)
    let listener = socket(
      AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard listener >= 0 else { throw .system("open a socket") }
    var yes: Int32 = 1
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && getsockname(listener, $0, &length) == 0
      }
    }
    guard bound else {
      let error = PracticeError.system("bind to 127.0.0.1:\(port)")
      close(listener)
      throw error
    }
    let host = ScriptedHost(
      listener: listener, port: UInt16(bigEndian: address.sin_port), behaviour: behaviour, tls: tls)
    if behaviour.transport != .refuse { try host.listenNow() }
    return host
  }

  /// A host that sends these messages, the next one after each message of the client, on every connection anew.
  public static func replaying(_ messages: [[UInt8]]) throws(PracticeError) -> ScriptedHost {
    let steps = messages.flatMap { [Recording.Step.client([]), .server($0)] }
    return try start(.init(transport: .recorded([Recording(steps: steps)])))
  }

  public var counters: Counters { state.withLock { $0.counters } }

  public var behaviour: HostBehaviour { state.withLock { $0.behaviour } }

  /// Makes the host behave otherwise, on the same port, for connections to come.
  /// - Parameter behaviour: not one that refuses, once the host has listened.
  public func change(to behaviour: HostBehaviour) throws(PracticeError) {
    let tls = try Self.makeTLS(behaviour)
    state.withLock {
      $0.behaviour = behaviour
      $0.tls = tls
    }
    if behaviour.transport != .refuse { try listenNow() }
  }

  /// Makes it a host in order with Network Level Authentication.
  public func repair() throws(PracticeError) { try change(to: .healthy) }

  /// Waits until every connection is over and seen, and so counted.
  /// - Returns: false when `limit` passed first.
  public func waitUntilIdle(for limit: Duration = .seconds(10)) -> Bool {
    let end = DispatchTime.now() + .nanoseconds(Int(clamping: limit.components.seconds) * 1_000_000_000)
    while true {
      let waiter = state.withLock { state -> DispatchSemaphore? in
        if state.live.isEmpty && !hasNewcomer { return nil }
        let waiter = DispatchSemaphore(value: 0)
        state.waiters.append(waiter)
        return waiter
      }
      guard let waiter else { return true }
      if waiter.wait(timeout: end) == .timedOut { return false }
    }
  }

  /// Ends all connections and frees the port. Returns when every thread is gone. May be called twice.
  public func stop() {
    let waiter = state.withLock { state -> DispatchSemaphore? in
      if !state.isStopped {
        state.isStopped = true
        // Wakes the thread that waits for newcomers, and those that wait for bytes.
        shutdown(listener, Int32(SHUT_RDWR))
        for socket in state.live { shutdown(socket, Int32(SHUT_RDWR)) }
      }
      guard state.runningThreads > 0 else { return nil }
      let waiter = DispatchSemaphore(value: 0)
      state.waiters.append(waiter)
      return waiter
    }
    guard let waiter else { return }
    waiter.wait()
    stop()
  }

  // MARK: - Listening

  private static func makeTLS(_ behaviour: HostBehaviour) throws(PracticeError) -> ServerTLS? {
    try ServerTLS(behaviour.tls)
  }

  private func listenNow() throws(PracticeError) {
    let wasListening = state.withLock { state in
      let before = state.isListening || state.isStopped
      state.isListening = true
      return before
    }
    guard !wasListening else { return }
    guard listen(listener, 16) == 0 else { throw .system("listen on port \(port)") }
    guard startThread({ self.acceptConnections() }) else { throw .system("start a thread") }
  }

  /// Only under the lock: then a newcomer is either still to be accepted or in `live`.
  private var hasNewcomer: Bool {
    var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, 0) == 1 && entry.revents & Int16(POLLIN) != 0
      && entry.revents & Int16(POLLHUP) == 0
  }

  private func acceptConnections() {
    while true {
      var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
      guard poll(&entry, 1, -1) >= 0 || errno == EINTR else { return }
      let accepted = state.withLock { state -> (Int32, HostBehaviour, ServerTLS?)?? in
        if state.isStopped { return .none }
        let socket = server_accept(listener, Int32(SOCK_CLOEXEC.rawValue))
        guard socket >= 0 else { return .some(nil) }
        guard state.live.count < Self.connectionLimit else {
          close(socket)
          return .some(nil)
        }
        state.counters.connections += 1
        let open = state.live.count { !Self.clientHasLeft($0) } + 1
        state.counters.mostAtOnce = max(state.counters.mostAtOnce, open)
        state.live.insert(socket)
        return .some((socket, state.behaviour, state.tls))
      }
      guard let accepted else { return }
      guard let (socket, behaviour, tls) = accepted else { continue }
      Self.prepare(socket)
      let started = startThread {
        let ending = self.converse(on: socket, behaviour, tls)
        self.finish(socket, ending)
      }
      if !started { finish(socket, .reset) }
    }
  }

  private static func clientHasLeft(_ socket: Int32) -> Bool {
    // POLLRDHUP, which is declared for GNU sources only.
    var entry = pollfd(fd: socket, events: 0x2000, revents: 0)
    return poll(&entry, 1, 0) == 1
  }

  private static func prepare(_ socket: Int32) {
    var limit = timeval(tv_sec: Int(patience.components.seconds), tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    var yes: Int32 = 1
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
  }

  private func finish(_ socket: Int32, _ ending: Ending) {
    state.withLock { state in
      if ending == .reset {
        var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
      }
      // Unread bytes would turn the FIN into a RST.
      var scrap = [UInt8](repeating: 0, count: 4096)
      if ending == .close { while recv(socket, &scrap, scrap.count, Int32(MSG_DONTWAIT)) > 0 {} }
      close(socket)
      state.live.remove(socket)
      wakeWaiters(&state)
    }
  }

  private func wakeWaiters(_ state: inout State) {
    for waiter in state.waiters { waiter.signal() }
    state.waiters = []
  }

  // MARK: - Threads

  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  private func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
    state.withLock { $0.runningThreads += 1 }
    let work = Work { [self] in
      // OpenSSL writes with write(2): a client that has left must not end the program.
      var pipe = sigset_t()
      sigemptyset(&pipe)
      sigaddset(&pipe, SIGPIPE)
      pthread_sigmask(SIG_BLOCK, &pipe, nil)
      body()
      threadEnded()
    }
    var thread = pthread_t()
    let argument = Unmanaged.passRetained(work)
    let failure = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
        return nil
      }, argument.toOpaque())
    guard failure == 0 else {
      argument.release()
      threadEnded()
      errno = failure
      return false
    }
    pthread_detach(thread)
    return true
  }

  private func threadEnded() {
    state.withLock { state in
      state.runningThreads -= 1
      wakeWaiters(&state)
    }
  }

  // MARK: - One connection

  private enum Ending {
    case close
    case reset
  }

  private func converse(on socket: Int32, _ behaviour: HostBehaviour, _ tls: ServerTLS?) -> Ending {
    let peer = Peer(socket: socket) { message in self.note(message) }
    switch behaviour.transport {
    case .accept: break
    case .refuse, .close: return .close
    case .reset: return .reset
    case .mute:
      peer.drain()
      return .close
    case .otherService(let bytes, let speaksFirst):
      if speaksFirst || peer.message() != nil { peer.send(bytes) }
      return .close
    case .recorded(let recordings):
      replay(recordings, to: peer, tls)
      return .close
    }

    guard let message = peer.message(), let request = ConnectionRequest(message) else { return .close }
    note(request)
    let confirm: ConnectionConfirm
    switch request.line == nil ? behaviour.negotiation : behaviour.routing.answer(else: behaviour.negotiation)
    {
    case .prefer(let selected, let requirement):
      confirm =
        (request.protocols ?? 0) & selected != 0
        ? .selecting(selected, flags: 0x1F) : .likeWindows(requirement, asked: request.protocols)
    case .likeWindows(let requirement): confirm = .likeWindows(requirement, asked: request.protocols)
    case .select(let selected, let flags): confirm = .selecting(selected, flags: flags)
    case .fail(let code): confirm = .failing(code)
    case .raw(let bytes): confirm = ConnectionConfirm(bytes: bytes, selected: nil)
    case .silent: confirm = ConnectionConfirm(bytes: [], selected: nil)
    case .close: return .close
    case .reset: return .reset
    }
    peer.send(confirm.bytes)
    guard let selected = confirm.selected else {
      // A Windows host leaves the closing to the client.
      peer.drain()
      return .close
    }
    guard selected != 0 else { return runSession(behaviour.session, with: peer) }

    switch behaviour.tls.answer {
    case .handshake, .handshakeThenClose:
      guard let tls, peer.startTLS(tls) else { return .close }
      if behaviour.tls.answer == .handshakeThenClose { return .close }
    case .close:
      _ = peer.message()
      return .close
    case .reset:
      _ = peer.message()
      return .reset
    case .silent:
      peer.drain()
      return .close
    case .raw(let bytes):
      _ = peer.message()
      peer.send(bytes)
      return .close
    }
    guard selected & (SecurityProtocolBits.hybrid | SecurityProtocolBits.hybridEx) != 0 else {
      return runSession(behaviour.session, with: peer)
    }
    return runCredSSP(behaviour.credssp, with: peer)
  }

  private func runCredSSP(_ stage: HostBehaviour.CredSSPStage, with peer: Peer) -> Ending {
    guard let message = peer.message(), let request = try? TSRequest(message) else { return .close }
    switch stage {
    case .challenge(let settings):
      guard let token = request.negoToken, let answer = try? Self.challenge(settings, answering: token) else {
        return .close
      }
      peer.send(answer)
      guard let logon = peer.message(), SignInEvidence.isAuthenticate(logon) else { break }
      if let code = settings.logonAnswer,
        let refusal = try? TSRequest(version: settings.version, errorCode: code).encoded()
      {
        peer.send(refusal)
      }
      peer.endTLS()
      return .close
    case .error(let version, let code):
      if let refusal = try? TSRequest(version: version, errorCode: code).encoded() { peer.send(refusal) }
    case .raw(let bytes): peer.send(bytes)
    case .silent: break
    case .close:
      peer.endTLS()
      return .close
    case .reset: return .reset
    }
    peer.drain()
    return .close
  }

  private static func challenge(_ settings: ChallengeSettings, answering token: [UInt8]) throws -> [UInt8] {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let offset = settings.clockOffset.components
    let time =
      Double(now.tv_sec) + Double(now.tv_nsec) / 1e9 + Double(offset.seconds) + Double(offset.attoseconds)
      / 1e18
    var generator = SystemRandomNumberGenerator()
    let nonce = littleEndian(generator.next() as UInt64)
    let challenge = NTLM.challenge(settings, nonce: nonce, now: time)
    let isBare = token.starts(with: NTLM.signature)
    return try TSRequest(
      version: settings.version, negoToken: isBare ? challenge : SPNEGO.challenge(challenge)
    ).encoded()
  }

  private func runSession(_ stage: HostBehaviour.SessionStage, with peer: Peer) -> Ending {
    switch stage {
    case .silent: peer.drain()
    case .close: _ = peer.message()
    case .conducts(let conduct):
      switch SessionServer(conduct: conduct, peer: peer).run() {
      case .close: peer.endTLS()
      case .reset: return .reset
      }
    case .replies(let replies):
      for reply in replies {
        guard peer.message() != nil else { return .close }
        peer.send(reply)
      }
      peer.drain()
    }
    return .close
  }

  private func replay(_ recordings: [Recording], to peer: Peer, _ tls: ServerTLS?) {
    guard let first = peer.message() else { return }
    let request = ConnectionRequest(first)
    if let request { note(request) }
    switch Replay.choose(among: recordings, for: request) {
    case .refuse(let bytes): peer.send(bytes)
    case .play(var replay):
      var message = first
      while true {
        for step in replay.answers(to: message) {
          switch step {
          case .server(let bytes): peer.send(bytes)
          case .startTLS: guard let tls, peer.startTLS(tls) else { return }
          case .client: break
          }
        }
        guard let next = peer.message() else { return }
        message = next
      }
    case .nothing: break
    }
    peer.drain()
  }

  // MARK: - Counting

  private func note(_ request: ConnectionRequest) {
    state.withLock {
      $0.counters.protocolsAsked.append(request.protocols)
      $0.counters.requestLines.append(request.line)
    }
  }

  private func note(_ message: [UInt8]) {
    let info = SignInEvidence.ClientInfo(message)
    let isSignIn = SignInEvidence.isAuthenticate(message) || info?.namesSomebody == true
    guard isSignIn || info != nil else { return }
    state.withLock {
      if info != nil { $0.counters.clientInfos += 1 }
      if isSignIn { $0.counters.authenticateMessages += 1 }
    }
  }
}

extension HostBehaviour.RoutingStage {
  fileprivate func answer(else usual: HostBehaviour.NegotiationStage) -> HostBehaviour.NegotiationStage {
    switch self {
    case .ignore: usual
    case .fail(let code): .fail(code: code)
    case .raw(let bytes): .raw(bytes)
    case .silent: .silent
    case .close: .close
    case .reset: .reset
    }
  }
}
