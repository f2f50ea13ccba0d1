/// The server sends the client on to another one ([MS-RDPBCGR] 2.2.13.1 RDP_SERVER_REDIRECTION_PACKET):
///
///     0x0400 (2) | length (2), from the start | session (4) | which fields follow (4) |
///     { length (4) | field }…   (all little-endian, text in UTF-16)
public struct ServerRedirection: Hashable, Sendable {
  public var sessionID: UInt32
  public var flags: Flags
  /// Of the next host, as text.
  public var targetAddress: String?
  /// To be sent as routing token ([MS-RDPBCGR] 3.2.5.3.1), cut to ``longestLoadBalanceInfo``.
  public var loadBalanceInfo: [UInt8]?
  public var targetName: String?
  public var targetNetBIOSName: String?
  /// All addresses of the next host; the first ``mostAddresses`` are kept.
  public var targetAddresses: [String]

  public static let mostAddresses = 16
  public static let longestLoadBalanceInfo = 512

  public struct Flags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let targetAddress = Self(rawValue: 0x1)
    public static let loadBalanceInfo = Self(rawValue: 0x2)
    public static let userName = Self(rawValue: 0x4)
    public static let domain = Self(rawValue: 0x8)
    public static let password = Self(rawValue: 0x10)
    /// `LB_NOREDIRECT`: the client shall stay.
    public static let stay = Self(rawValue: 0x80)
    public static let targetName = Self(rawValue: 0x100)
    public static let targetNetBIOSName = Self(rawValue: 0x200)
    public static let targetAddresses = Self(rawValue: 0x800)
    static let clientTSVURL = Self(rawValue: 0x1000)
    static let redirectionGUID = Self(rawValue: 0x8000)
    static let targetCertificate = Self(rawValue: 0x10000)

    /// The names of the specification, in the order of the bits.
    public var names: [String] {
      NamedBits.list(
        rawValue,
        names: [
          (0x1, "LB_TARGET_NET_ADDRESS"), (0x2, "LB_LOAD_BALANCE_INFO"), (0x4, "LB_USERNAME"),
          (0x8, "LB_DOMAIN"), (0x10, "LB_PASSWORD"), (0x20, "LB_DONTSTOREUSERNAME"),
          (0x40, "LB_SMARTCARD_LOGON"), (0x80, "LB_NOREDIRECT"), (0x100, "LB_TARGET_FQDN"),
          (0x200, "LB_TARGET_NETBIOS_NAME"), (0x800, "LB_TARGET_NET_ADDRESSES"),
          (0x1000, "LB_CLIENT_TSV_URL"), (0x2000, "LB_SERVER_TSV_CAPABLE"),
          (0x4000, "LB_PASSWORD_IS_PK_ENCRYPTED"), (0x8000, "LB_REDIRECTION_GUID"),
          (0x10000, "LB_TARGET_CERTIFICATE"),
        ])
    }
  }

  public init(
    sessionID: UInt32 = 0, flags: Flags = [], targetAddress: String? = nil, loadBalanceInfo: [UInt8]? = nil,
    targetName: String? = nil, targetNetBIOSName: String? = nil, targetAddresses: [String] = []
  ) {
    self.sessionID = sessionID
    self.flags = flags
    self.targetAddress = targetAddress
    self.loadBalanceInfo = loadBalanceInfo
    self.targetName = targetName
    self.targetNetBIOSName = targetNetBIOSName
    self.targetAddresses = targetAddresses
  }

  /// User, domain, password and certificate are passed over: nobody signs in on their strength.
  ///
  /// - Parameter data: From the packet's own flags on; padding behind its length is allowed.
  public init(decoding data: ArraySlice<UInt8>) throws(DecodeError) {
    var whole = ByteReader(data)
    let kind = try whole.readUInt16LE("redirection flags")
    guard kind == Self.kind else {
      throw .unexpected(field: "redirection flags", at: 0, got: UInt64(kind), want: "0x400")
    }
    let length = try whole.readUInt16LE("redirection length")
    guard length >= 12 else {
      throw .unexpected(field: "redirection length", at: 2, got: UInt64(length), want: "12 or more")
    }
    var reader = ByteReader(try whole.readBytes(Int(length) - 4, "redirection"))
    sessionID = try reader.readUInt32LE("redirection session")
    flags = Flags(rawValue: try reader.readUInt32LE("redirection fields"))
    targetAddresses = []
    // In the order in which they lie on the wire.
    let fields: [(Flags, String)] = [
      (.targetAddress, "target address"), (.loadBalanceInfo, "load balance info"), (.userName, "user name"),
      (.domain, "domain"), (.password, "password"), (.targetName, "target name"),
      (.targetNetBIOSName, "target NetBIOS name"), (.clientTSVURL, "client URL"),
      (.redirectionGUID, "redirection id"), (.targetCertificate, "target certificate"),
      (.targetAddresses, "target addresses"),
    ]
    for (flag, name) in fields where flags.contains(flag) {
      let field = try Self.readField(&reader, name)
      switch flag {
      case .targetAddress: targetAddress = UTF16LE.text(field)
      case .loadBalanceInfo: loadBalanceInfo = Array(field.prefix(Self.longestLoadBalanceInfo))
      case .targetName: targetName = UTF16LE.text(field)
      case .targetNetBIOSName: targetNetBIOSName = UTF16LE.text(field)
      case .targetAddresses: targetAddresses = try Self.readAddresses(field)
      default: break
      }
    }
  }

  private static let kind: UInt16 = 0x0400

  private static func readField(_ reader: inout ByteReader, _ name: String) throws(DecodeError) -> ArraySlice<
    UInt8
  > {
    let length = try reader.readUInt32LE("\(name) length")
    return try reader.readBytes(Int(clamping: length), name)
  }

  /// [MS-RDPBCGR] 2.2.13.1.1 TARGET_NET_ADDRESSES.
  private static func readAddresses(_ field: ArraySlice<UInt8>) throws(DecodeError) -> [String] {
    var reader = ByteReader(field)
    let count = try reader.readUInt32LE("number of addresses")
    var addresses: [String] = []
    for _ in 0..<min(count, UInt32(mostAddresses)) {
      addresses.append(UTF16LE.text(try readField(&reader, "address")))
    }
    return addresses
  }

  /// From the packet's own flags on. Which fields are named in `flags` follows from what there is.
  public func encode() -> [UInt8] {
    func text(_ text: String) -> [UInt8] { UTF16LE.bytes(String(text.prefix(255)) + "\0") }
    func field(_ bytes: [UInt8]) -> [UInt8] {
      var field: [UInt8] = []
      field.appendLE(UInt32(bytes.count))
      return field + bytes
    }
    var fields: [UInt8] = []
    var present: Flags = []
    if let targetAddress {
      present.insert(.targetAddress)
      fields += field(text(targetAddress))
    }
    if let loadBalanceInfo {
      present.insert(.loadBalanceInfo)
      fields += field(Array(loadBalanceInfo.prefix(Self.longestLoadBalanceInfo)))
    }
    if let targetName {
      present.insert(.targetName)
      fields += field(text(targetName))
    }
    if let targetNetBIOSName {
      present.insert(.targetNetBIOSName)
      fields += field(text(targetNetBIOSName))
    }
    if !targetAddresses.isEmpty {
      present.insert(.targetAddresses)
      let addresses = targetAddresses.prefix(Self.mostAddresses)
      var list: [UInt8] = []
      list.appendLE(UInt32(addresses.count))
      for address in addresses { list += field(text(address)) }
      fields += field(list)
    }
    var bytes: [UInt8] = []
    bytes.appendLE(Self.kind)
    bytes.appendLE(UInt16(truncatingIfNeeded: 12 + fields.count))
    bytes.appendLE(sessionID)
    bytes.appendLE(present.union(flags.intersection(.stay)).rawValue)
    return bytes + fields
  }
}
