/// A message about licensing, from the server ([MS-RDPBCGR] 2.2.1.12, [MS-RDPELE] 2.2.2), without its security header:
///
///     type (1) | flags and version (1) | length (2, little-endian), this header included | …
public enum LicensingMessage: Hashable, Sendable {
  /// The server wants to see a licence of this device, or to issue one.
  case request(Product?)
  case platformChallenge
  case newLicense
  case upgradeLicense
  /// Also says that all is well: see ``LicensingStatus/validClient``.
  case errorAlert(LicensingStatus, LicensingTransition)
  /// Any other type, by its number.
  case other(UInt8)

  /// What the licence is for ([MS-RDPELE] 2.2.2.1.1 PRODUCT_INFO).
  public struct Product: Hashable, Sendable {
    public var version: UInt32
    public var company: String
    /// For example `A02`.
    public var id: String

    public init(version: UInt32, company: String, id: String) {
      self.version = version
      self.company = company
      self.id = id
    }
  }

  /// - Parameter data: What follows the security header.
  public init(decoding data: ArraySlice<UInt8>) throws(DecodeError) {
    var reader = ByteReader(data)
    let type = try reader.readUInt8("licensing type")
    _ = try reader.readUInt8("licensing flags")
    let at = reader.offset
    let length = try reader.readUInt16LE("licensing length")
    guard length >= 4 else {
      throw .unexpected(field: "licensing length", at: at, got: UInt64(length), want: "4 or more")
    }
    var body = ByteReader(try reader.readBytes(Int(length) - 4, "licensing message"))
    switch type {
    case 0x01: self = .request(try Self.product(&body))
    case 0x02: self = .platformChallenge
    case 0x03: self = .newLicense
    case 0x04: self = .upgradeLicense
    case 0xFF:
      let status = LicensingStatus(rawValue: try body.readUInt32LE("dwErrorCode"))
      self = .errorAlert(status, LicensingTransition(rawValue: try body.readUInt32LE("dwStateTransition")))
    default: self = .other(type)
    }
  }

  private static func product(_ body: inout ByteReader) throws(DecodeError) -> Product {
    _ = try body.readBytes(32, "server random")
    let version = try body.readUInt32LE("product version")
    func text(_ field: String) throws(DecodeError) -> String {
      let length = try body.readUInt32LE("\(field) length")
      return UTF16LE.text(try body.readBytes(Int(min(length, UInt32(UInt16.max))), field))
    }
    return Product(version: version, company: try text("company name"), id: try text("product id"))
  }

  /// Without a security header. Only an error alert has a body: the other messages need keys that a server of licences
  /// has.
  public func encode() -> [UInt8] {
    func message(_ type: UInt8, _ body: [UInt8] = []) -> [UInt8] {
      var bytes: [UInt8] = [type, 3]
      bytes.appendLE(UInt16(4 + body.count))
      return bytes + body
    }
    switch self {
    case .request(let product):
      var body = [UInt8](repeating: 0, count: 32)
      body.appendLE(product?.version ?? 0)
      for text in [product?.company ?? "", product?.id ?? ""] {
        let bytes = UTF16LE.bytes(String(text.prefix(64)) + "\0")
        body.appendLE(UInt32(bytes.count))
        body += bytes
      }
      return message(0x01, body)
    case .platformChallenge: return message(0x02)
    case .newLicense: return message(0x03)
    case .upgradeLicense: return message(0x04)
    case .errorAlert(let status, let transition):
      var body: [UInt8] = []
      body.appendLE(status.rawValue)
      body.appendLE(transition.rawValue)
      // An empty BB_ERROR_BLOB.
      return message(0xFF, body + [4, 0, 0, 0])
    case .other(let type): return message(type)
    }
  }
}

/// `dwErrorCode` ([MS-RDPBCGR] 2.2.1.12.1.3). An open code space.
public struct LicensingStatus: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// `STATUS_VALID_CLIENT`: no licence of the device is needed. No error.
  public static let validClient = Self(rawValue: 7)
  /// `ERR_NO_LICENSE_SERVER`.
  public static let noLicenseServer = Self(rawValue: 6)

  private static let names: [UInt32: String] = [
    1: "ERR_INVALID_SERVER_CERTIFICATE", 2: "ERR_NO_LICENSE", 3: "ERR_INVALID_MAC", 4: "ERR_INVALID_SCOPE",
    6: "ERR_NO_LICENSE_SERVER", 7: "STATUS_VALID_CLIENT", 8: "ERR_INVALID_CLIENT",
    0xB: "ERR_INVALID_PRODUCTID", 0xC: "ERR_INVALID_MESSAGE_LEN",
  ]
  public var description: String {
    Self.names[rawValue] ?? "licensing error 0x\(String(rawValue, radix: 16))"
  }
}

/// `dwStateTransition` ([MS-RDPBCGR] 2.2.1.12.1.3).
public struct LicensingTransition: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let totalAbort = Self(rawValue: 1)
  public static let noTransition = Self(rawValue: 2)

  private static let names: [UInt32: String] = [
    1: "ST_TOTAL_ABORT", 2: "ST_NO_TRANSITION", 3: "ST_RESET_PHASE_TO_START", 4: "ST_RESEND_LAST_MESSAGE",
  ]
  public var description: String { Self.names[rawValue] ?? "transition 0x\(String(rawValue, radix: 16))" }
}
