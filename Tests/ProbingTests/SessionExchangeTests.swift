import Facts
import TestSupport
import Testing
import Wire

@testable import Probing

/// The exchange on a stream without a network.
@Suite struct SessionExchangeTests {
  static let settings = ConnectResponse.Settings(
    version: RDPVersion(rawValue: 0x0008_000E), requestedProtocols: .tls, channels: [1004, 1005])

  /// What a host says up to the Client Info PDU.
  static func opening(_ settings: ConnectResponse.Settings = settings) -> [[UInt8]] {
    var messages = [
      ConnectResponse(settings: settings).encode(),
      MCSMessage.attachUserConfirm(.successful, user: 1007).encode(),
    ]
    if !settings.capabilities.contains(.skipChannelJoin) {
      for channel in [1007, settings.ioChannel] {
        messages.append(
          MCSMessage.channelJoinConfirm(.successful, user: 1007, requested: channel, channel: channel)
            .encode())
      }
    }
    return messages
  }

  static func said(_ messages: SessionMessage..., channel: UInt16 = 1003) -> [[UInt8]] {
    messages.map { MCSMessage.sendDataIndication(user: 1002, channel: channel, $0.encode()).encode() }
  }

  static let validClient = SessionMessage.licensing(.errorAlert(.validClient, .noTransition))

  struct Course {
    var end: SessionExchange.End
    var exchange: SessionExchange
    var sent: [[UInt8]]
  }

  /// - Parameter tail: after the messages; the stream is silent then.
  func walk(
    _ messages: [[UInt8]], then tail: StreamEnd? = nil, selected: SecurityProtocols = .tls,
    cutting: ([UInt8]) -> [[UInt8]] = { [$0] }
  ) async -> Course {
    var answers = cutting(messages.flatMap { $0 }).map { ReceiveEnd.bytes($0) }
    if let tail { answers.append(.ended(tail)) }
    let stream = ScriptedStream(answers)
    var exchange = SessionExchange(over: stream, selected: selected, by: .after(.seconds(5)))
    let end = await exchange.run()
    return Course(end: end, exchange: exchange, sent: stream.sent)
  }

  @Test func aHostThatBeginsTheSessionIsReadyAndIsLeftInOrder() async throws {
    let course = await walk(Self.opening() + Self.said(Self.validClient, .demandActive))
    #expect(course.end == .ready)
    #expect(course.exchange.licensing == ["STATUS_VALID_CLIENT"])
    #expect(course.exchange.settings == Self.settings)
    let initial = try ConnectInitial(decoding: try #require(course.sent.first))
    #expect(initial.capabilities == [.errorInfo, .skipChannelJoin])
    #expect(initial.encryptionMethods == [])
    #expect(initial.selectedProtocol == .tls)
    #expect(
      course.sent.dropFirst() == [
        MCSMessage.erectDomainRequest.encode() + MCSMessage.attachUserRequest.encode(),
        MCSMessage.channelJoinRequest(user: 1007, channel: 1007).encode(),
        MCSMessage.channelJoinRequest(user: 1007, channel: 1003).encode(),
        MCSMessage.sendDataRequest(user: 1007, channel: 1003, ClientInfo.encoded).encode(),
        MCSMessage.disconnectProviderUltimatum(.userRequested).encode(),
      ])
  }

  @Test func theMessagesAreReadHoweverTheyAreCut() async {
    let messages = Self.opening() + Self.said(Self.validClient, .demandActive)
    #expect(await walk(messages, cutting: { $0.map { [$0] } }).end == .ready)
    let whole = messages.flatMap { $0 }
    for place in stride(from: 1, to: whole.count, by: 7) {
      #expect(
        await walk(messages, cutting: { [Array($0.prefix(place)), Array($0.dropFirst(place))] }).end == .ready
      )
    }
  }

  @Test func channelsAreNotJoinedWhereTheHostNeedsItNot() async {
    var settings = Self.settings
    settings.capabilities = .skipChannelJoin
    let course = await walk(Self.opening(settings) + Self.said(Self.validClient, .demandActive))
    #expect(course.end == .ready)
    #expect(course.sent.count == 4)
  }

  @Test func whatIsNoAnswerIsPassedOver() async {
    let course = await walk(
      Self.opening()
        + Self.said(.errorInfo(.none), .deactivateAll, .errorInfo(.none))
        // An auto-detect request on the I/O channel; a refusal on a channel that is none of this client's.
        + [
          MCSMessage.sendDataIndication(user: 1002, channel: 1003, [0, 0x10, 0, 0, 6, 0, 0, 0, 1, 0x10])
            .encode()
        ]
        + Self.said(.errorInfo(.serverDeniedConnection), channel: 1005)
        + Self.said(
          .redirection(ServerRedirection(flags: .stay, targetName: "srv02")), .licensing(.newLicense),
          .demandActive))
    #expect(course.end == .ready)
    #expect(course.exchange.licensing == ["NEW_LICENSE"])
  }

  @Test(arguments: [
    (
      SessionMessage.errorInfo(.serverDeniedConnection),
      SessionExchange.End.errorInfo(.serverDeniedConnection)
    ),
    (.errorInfo(ErrorInfo(rawValue: 0x101)), .errorInfo(ErrorInfo(rawValue: 0x101))),
    (
      .licensing(.errorAlert(.noLicenseServer, .totalAbort)), .licensing(.noLicenseServer, .totalAbort)
    ),
    (
      .redirection(ServerRedirection(flags: .targetName, targetName: "srv02")),
      .redirected(ServerRedirection(flags: .targetName, targetName: "srv02"))
    ),
  ]) func whatAHostSaysIsTheEnd(message: SessionMessage, end: SessionExchange.End) async {
    #expect(await walk(Self.opening() + Self.said(message)).end == end)
    // As an answer to anything, and also after a licence.
    #expect(await walk(Self.opening().prefix(1) + Self.said(message)).end == end)
    #expect(await walk(Self.opening() + Self.said(Self.validClient, message)).end == end)
  }

  /// What a host says when it has begun with the session, alone or several messages in one.
  @Test func theLastWordAfterDemandActiveCounts() async {
    let redirection = ServerRedirection(flags: .targetName, targetName: "srv02")
    let graphics = ErrorInfo(rawValue: 0xF)
    let begun = Self.opening() + Self.said(Self.validClient, .demandActive)
    #expect(await walk(begun + Self.said(.redirection(redirection))).end == .redirected(redirection))
    #expect(await walk(begun + Self.said(.errorInfo(graphics))).end == .errorInfo(graphics))
    #expect(await walk(begun + Self.said(.deactivateAll, .errorInfo(graphics))).end == .errorInfo(graphics))
    #expect(await walk(begun + Self.said(.errorInfo(.none), .deactivateAll)).end == .ready)
    let together = SessionMessage.demandActive.encode() + SessionMessage.errorInfo(graphics).encode()
    let one = MCSMessage.sendDataIndication(user: 1002, channel: 1003, together).encode()
    #expect(await walk(Self.opening() + Self.said(Self.validClient) + [one]).end == .errorInfo(graphics))
    #expect(await walk(begun, then: .closed).end == .ended(.closed, pending: 0))
  }

  @Test func aLookTakesItsLeaveAndWaitsForTheHostToClose() async {
    for last in [SessionMessage.demandActive, .errorInfo(.serverDeniedConnection)] {
      let course = await walk(Self.opening() + Self.said(Self.validClient, last))
      #expect(course.sent.last == MCSMessage.disconnectProviderUltimatum(.userRequested).encode())
    }
  }

  @Test func aRefusalOfTheDomainIsTheEnd() async {
    #expect(
      await walk([ConnectResponse(result: .userRejected, settings: nil).encode()]).end
        == .refused(.userRejected))
    #expect(
      await walk(Self.opening().prefix(1) + [MCSMessage.attachUserConfirm(.tooManyUsers, user: nil).encode()])
        .end
        == .refused(.tooManyUsers))
    #expect(
      await walk(
        Self.opening().prefix(2)
          + [
            MCSMessage.channelJoinConfirm(.unspecifiedFailure, user: 1007, requested: 1007, channel: nil)
              .encode()
          ]
      ).end == .refused(.unspecifiedFailure))
  }

  @Test(arguments: 0...4) func theEndOfTheStreamIsKeptAtEachStage(count: Int) async {
    let opening = Array(Self.opening().prefix(count))
    for end in [StreamEnd.closed, .reset(errno: 104), .cancelled, .silent] {
      #expect(await walk(opening, then: end).end == .ended(end, pending: 0))
    }
    let ultimatum = MCSMessage.disconnectProviderUltimatum(.userRequested).encode()
    #expect(await walk(opening + [ultimatum]).end == .ultimatum(.userRequested))
    #expect(await walk(opening + [[3, 0, 0, 20, 2, 0xF0]], then: .silent).end == .ended(.silent, pending: 6))
    let stages: [SessionExchange.Stage] = [.settings, .attach, .join, .join, .info]
    #expect(await walk(opening).exchange.stage == stages[count])
  }

  @Test func aRequestForALicenseIsNotAnsweredAndNoError() async {
    let request = SessionMessage.licensing(.request(.init(version: 1, company: "Microsoft", id: "A02")))
    let course = await walk(Self.opening() + Self.said(request))
    #expect(course.end == .licenseWanted)
    #expect(course.exchange.licensing == ["LICENSE_REQUEST"])
    // After the Client Info PDU there is but the ultimatum.
    #expect(course.sent.count == 6)
    let rest = Self.said(.licensing(.platformChallenge), .licensing(.newLicense), .demandActive)
    #expect(await walk(Self.opening() + Self.said(request) + rest).end == .ready)
  }

  @Test func encryptionOfRDPItselfIsNoObstacleUntilItBegins() async throws {
    var settings = Self.settings
    settings.encryptionMethod = .rc4With128Bits
    settings.encryptionLevel = .high
    let course = await walk(Self.opening(settings), selected: .rdp)
    #expect(course.end == .encrypted)
    #expect(try ConnectInitial(decoding: try #require(course.sent.first)).encryptionMethods == .all)
    #expect(course.sent.last == MCSMessage.disconnectProviderUltimatum(.userRequested).encode())
    // Without encryption the same way goes to the end.
    #expect(await walk(Self.opening() + Self.said(.demandActive), selected: .rdp).end == .ready)
  }

  @Test func endlessSequencesComeToAnEnd() async {
    for message in [SessionMessage.licensing(.platformChallenge), .errorInfo(.none), Self.validClient] {
      let course = await walk(Self.opening() + (0..<200).flatMap { _ in Self.said(message) })
      guard case .malformed = course.end else {
        Issue.record("\(course.end)")
        continue
      }
      #expect(course.exchange.licensing.count <= 8)
    }
    let confirms = [[UInt8]](
      repeating: MCSMessage.attachUserConfirm(.successful, user: 1007).encode(), count: 200)
    if case .malformed = await walk(Self.opening() + confirms).end {} else { Issue.record("no end") }
  }

  @Test func whatCannotBeReadIsSaidAsSuch() async {
    let cut: [UInt8] = [0x00, 0x04]
    let hostile: [[[UInt8]]] = [
      [Array("HTTP/1.1 400 Bad Request\r\n".utf8)],
      // 40 channels; a redirection that is longer than itself; an empty message; a licence that is cut.
      [Self.connectResponse(channels: 40)],
      Self.opening() + [
        MCSMessage.sendDataIndication(user: 1002, channel: 1003, [0, 4, 0, 0, 0, 4, 0xFF, 0xFF]).encode()
      ],
      Self.opening() + [MCSMessage.sendDataIndication(user: 1002, channel: 1003, []).encode()],
      Self.opening() + [
        MCSMessage.sendDataIndication(user: 1002, channel: 1003, [0x80, 0, 0, 0, 0xFF]).encode()
      ],
      Self.opening() + [MCSMessage.sendDataIndication(user: 1002, channel: 1003, cut).encode()],
    ]
    for messages in hostile {
      let course = await walk(messages, then: .silent)
      if case .malformed = course.end { continue }
      Issue.record("\(course.end)")
    }
  }

  /// A Connect Response whose SC_NET announces so many channels.
  static func connectResponse(channels: UInt8) -> [UInt8] {
    var bytes = ConnectResponse(settings: settings).encode()
    // SC_NET: 03 0C, length 12, I/O channel 1003, count 2.
    let pattern: [UInt8] = [0x03, 0x0C, 0x0C, 0x00, 0xEB, 0x03, 0x02, 0x00]
    if let place = bytes.indices.first(where: { bytes[$0...].starts(with: pattern) }) {
      bytes[place + 6] = channels
    }
    return bytes
  }
}
