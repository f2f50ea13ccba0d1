/// The server's answer to a ``NegotiateMessage``. It tells who the server is, before anybody signs in
/// ([MS-NLMP] 2.2.1.2 CHALLENGE_MESSAGE).
///
///     "NTLMSSP\0" | 2 (4) | target name fields (8) | flags (4) | server challenge (8) | reserved (8)
///     | target info fields (8) | version (8, when the flags say so) | payload
///
/// Fields are: length (2), maximum length (2), offset from the start of the message (4).
public struct ChallengeMessage: Hashable, Sendable {
  public var flags: NTLM.Flags
  public var targetName: String
  public var serverChallenge: [UInt8]
  public var targetInfo: TargetInfo
  /// nil when the server left it out, as those before Windows XP do.
  public var build: WindowsBuild?

  public init(
    flags: NTLM.Flags, targetName: String, serverChallenge: [UInt8], targetInfo: TargetInfo,
    build: WindowsBuild? = nil
  ) {
    self.flags = flags
    self.targetName = targetName
    self.serverChallenge = serverChallenge
    self.targetInfo = targetInfo
    self.build = build
  }

  /// Target info that breaks off, even at the end of the message, is kept as far as it goes; every other field must be
  /// whole.
  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    var reader = ByteReader(bytes)
    try NTLM.readHeader(&reader, type: 2)
    let name = try Field(&reader, "target name", in: bytes)
    flags = NTLM.Flags(rawValue: try reader.readUInt32LE("NTLM flags"))
    serverChallenge = Array(try reader.readBytes(8, "server challenge"))
    targetName = flags.contains(.unicode) ? UTF16LE.text(name.bytes) : UTF16LE.latin1(name.bytes)
    // Servers that send no target info may end the message here.
    guard flags.contains(.targetInfo) || reader.remaining > 0 else {
      targetInfo = TargetInfo()
      return
    }
    _ = try reader.readBytes(8, "reserved")
    let info = try Field(&reader, "target info", in: bytes, mayBeCut: true)
    targetInfo = flags.contains(.targetInfo) ? TargetInfo(decoding: info.bytes) : TargetInfo()
    if flags.contains(.version) { build = try WindowsBuild(&reader) }
  }

  /// Without padding: target name, then target info.
  public func encode() -> [UInt8] {
    let name = UTF16LE.bytes(targetName)
    let info = targetInfo.encode()
    let headerLength: UInt32 = 56
    var bytes = NTLM.signature
    bytes.appendLE(2 as UInt32)
    Field.append(name.count, at: headerLength, to: &bytes)
    bytes.appendLE(flags.rawValue)
    bytes += (serverChallenge + [UInt8](repeating: 0, count: 8)).prefix(8)
    bytes += [UInt8](repeating: 0, count: 8)
    Field.append(info.count, at: headerLength + UInt32(name.count), to: &bytes)
    bytes += build?.encode() ?? [UInt8](repeating: 0, count: 8)
    return bytes + name + info
  }

  private struct Field {
    var bytes: ArraySlice<UInt8>

    /// - Parameter mayBeCut: Keep what is there of a payload that runs past the end of the message.
    init(
      _ reader: inout ByteReader, _ name: String, in message: [UInt8], mayBeCut: Bool = false
    ) throws(DecodeError) {
      let length = Int(try reader.readUInt16LE("\(name) length"))
      _ = try reader.readUInt16LE("\(name) maximum length")
      let offset = Int(try reader.readUInt32LE("\(name) offset"))
      // An absent field has any offset.
      guard length > 0 else {
        bytes = []
        return
      }
      guard offset <= message.count, mayBeCut || length <= message.count - offset else {
        throw .truncated(field: name, at: offset)
      }
      bytes = message[offset...].prefix(length)
    }

    static func append(_ length: Int, at offset: UInt32, to bytes: inout [UInt8]) {
      bytes.appendLE(UInt16(length))
      bytes.appendLE(UInt16(length))
      bytes.appendLE(offset)
    }
  }
}

/// What the server says of itself: names, domain, clock ([MS-NLMP] 2.2.2.1 AV_PAIR).
///
///     id (2) | length (2) | value, again and again until id 0
public struct TargetInfo: Hashable, Sendable {
  /// `MsvAvNbComputerName`.
  public var netBIOSComputer: String?
  /// `MsvAvNbDomainName`; the computer's own name outside a domain.
  public var netBIOSDomain: String?
  /// `MsvAvDnsComputerName`.
  public var dnsComputer: String?
  /// `MsvAvDnsDomainName`.
  public var dnsDomain: String?
  /// `MsvAvDnsTreeName`: the forest; nil outside a domain.
  public var dnsTree: String?
  /// `MsvAvTimestamp`: the server's clock.
  public var time: FileTime?
  /// False when the list broke off before its end mark. What came before is kept.
  public var isTerminated: Bool

  public init(
    netBIOSComputer: String? = nil, netBIOSDomain: String? = nil, dnsComputer: String? = nil,
    dnsDomain: String? = nil, dnsTree: String? = nil, time: FileTime? = nil, isTerminated: Bool = true
  ) {
    self.netBIOSComputer = netBIOSComputer
    self.netBIOSDomain = netBIOSDomain
    self.dnsComputer = dnsComputer
    self.dnsDomain = dnsDomain
    self.dnsTree = dnsTree
    self.time = time
    self.isTerminated = isTerminated
  }

  /// True when the host is a member of a domain: it has a domain in DNS, and its domain is not itself.
  public var isDomainMember: Bool {
    guard let netBIOSDomain, let netBIOSComputer else { return dnsTree != nil }
    return netBIOSDomain.uppercased() != netBIOSComputer.uppercased()
  }

  /// Never fails: what can be read is kept. An empty name, or one that is only a NUL, counts as absent.
  public init(decoding bytes: some Sequence<UInt8>) {
    self.init(isTerminated: false)
    var reader = ByteReader(Array(bytes))
    while let id = try? reader.readUInt16LE("AV id"), let length = try? reader.readUInt16LE("AV length"),
      let value = try? reader.readBytes(Int(length), "AV value")
    {
      let name = UTF16LE.text(value)
      let text = name.isEmpty ? nil : name
      switch id {
      case 0:
        isTerminated = true
        return
      case 1: netBIOSComputer = text
      case 2: netBIOSDomain = text
      case 3: dnsComputer = text
      case 4: dnsDomain = text
      case 5: dnsTree = text
      case 7:
        var number = ByteReader(value)
        time = (try? number.readUInt64LE("timestamp")).map(FileTime.init(ticks:))
      default: break
      }
    }
  }

  /// In the order in which Windows writes them.
  public func encode() -> [UInt8] {
    var bytes: [UInt8] = []
    func pair(_ id: UInt16, _ value: [UInt8]) {
      bytes.appendLE(id)
      bytes.appendLE(UInt16(value.count))
      bytes += value
    }
    let names: [(UInt16, String?)] = [
      (2, netBIOSDomain), (1, netBIOSComputer), (4, dnsDomain), (3, dnsComputer), (5, dnsTree),
    ]
    for (id, name) in names {
      if let name { pair(id, UTF16LE.bytes(name)) }
    }
    if let time {
      var ticks: [UInt8] = []
      ticks.appendLE(time.ticks)
      pair(7, ticks)
    }
    if isTerminated { pair(0, []) }
    return bytes
  }
}

/// A moment as Windows counts: 100 nanoseconds since 1601-01-01 00:00 UTC ([MS-DTYP] 2.3.3 FILETIME).
public struct FileTime: Hashable, Sendable {
  public var ticks: UInt64
  public init(ticks: UInt64) { self.ticks = ticks }

  /// - Parameter unixSeconds: since 1970-01-01 00:00 UTC; before 1601 and beyond what fits it is clamped.
  public init(unixSeconds: Double) {
    let shifted = (unixSeconds + Self.secondsTo1970) * 1e7
    ticks = shifted.isNaN || shifted < 0 ? 0 : shifted >= 1.8e19 ? .max : UInt64(shifted)
  }

  /// Since 1970-01-01 00:00 UTC.
  public var unixSeconds: Double { Double(ticks) / 1e7 - Self.secondsTo1970 }

  private static let secondsTo1970 = 11_644_473_600.0
}

enum UTF16LE {
  /// Without the NULs that some servers put at the end.
  static func text(_ bytes: ArraySlice<UInt8>) -> String {
    var units: [UInt16] = []
    var reader = ByteReader(bytes)
    while let unit = try? reader.readUInt16LE("character") { units.append(unit) }
    while units.last == 0 { units.removeLast() }
    return String(decoding: units, as: UTF16.self)
  }

  static func latin1(_ bytes: ArraySlice<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes where byte != 0 { text.append(Unicode.Scalar(byte)) }
    return String(text)
  }

  /// At most as many as a field's length can say, and no half character.
  static func bytes(_ text: String) -> [UInt8] {
    text.utf16.prefix(Int(UInt16.max) / 2).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
  }
}
