import SwiftASN1

/// A way of authenticating, by its object identifier (RFC 4178 section 4.1). An open set.
public struct Mechanism: Hashable, Sendable, CustomStringConvertible {
  /// In dotted form.
  public let identifier: String
  public init(identifier: String) { self.identifier = identifier }

  /// NTLMSSP ([MS-SPNG] 1.9).
  public static let ntlm = Self(identifier: "1.3.6.1.4.1.311.2.2.10")
  /// Kerberos 5 (RFC 4121 section 4.1).
  public static let kerberos = Self(identifier: "1.2.840.113554.1.2.2")
  /// Kerberos 5, with the identifier that Windows 2000 wrote wrongly ([MS-SPNG] 1.9).
  public static let microsoftKerberos = Self(identifier: "1.2.840.48018.1.2.2")
  /// Kerberos 5 user-to-user.
  public static let kerberosUserToUser = Self(identifier: "1.2.840.113554.1.2.2.3")
  /// SPNEGO's extension NEGOEX.
  public static let negoEx = Self(identifier: "1.3.6.1.4.1.311.2.2.30")
  /// SPNEGO itself (RFC 4178 section 4.2.1).
  public static let spnego = Self(identifier: "1.3.6.1.5.5.2")

  /// The name, or the identifier of one that is not known.
  public var description: String {
    switch self {
    case .ntlm: "NTLM"
    case .kerberos: "Kerberos"
    case .microsoftKerberos: "Kerberos (Microsoft)"
    case .kerberosUserToUser: "Kerberos user-to-user"
    case .negoEx: "NEGOEX"
    case .spnego: "SPNEGO"
    default: identifier
    }
  }
}

/// What a CredSSP peer puts into a `negoToken`: SPNEGO, or NTLM without it, as both FreeRDP and Windows may.
public enum NegotiationToken: Hashable, Sendable {
  case initial(NegTokenInit)
  case response(NegTokenResp)
  /// An NTLM message that is not wrapped.
  case ntlm([UInt8])

  /// The token of the mechanism inside, for example an NTLM message.
  public var mechanismToken: [UInt8]? {
    switch self {
    case .initial(let token): token.mechToken
    case .response(let token): token.responseToken
    case .ntlm(let message): message
    }
  }

  /// What is offered or selected.
  public var mechanisms: [Mechanism] {
    switch self {
    case .initial(let token): token.mechTypes
    case .response(let token): token.supportedMech.map { [$0] } ?? []
    case .ntlm: [.ntlm]
    }
  }

  /// Reads exactly one token.
  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    if NTLM.isMessage(bytes) {
      self = .ntlm(bytes)
    } else if bytes.first == 0xA1 {
      self = .response(try NegTokenResp(decoding: bytes))
    } else {
      self = .initial(try NegTokenInit(decoding: bytes))
    }
  }
}

/// The first SPNEGO message, from the client (RFC 4178 section 4.2.1).
///
///     [APPLICATION 0] { OID 1.3.6.1.5.5.2, [0] SEQUENCE {
///       mechTypes [0] SEQUENCE OF OBJECT IDENTIFIER,
///       reqFlags  [1] BIT STRING    OPTIONAL,
///       mechToken [2] OCTET STRING  OPTIONAL, … } }
public struct NegTokenInit: Hashable, Sendable {
  /// In the order of preference.
  public var mechTypes: [Mechanism]
  /// For the first of them.
  public var mechToken: [UInt8]?

  public init(mechTypes: [Mechanism], mechToken: [UInt8]? = nil) {
    self.mechTypes = mechTypes
    self.mechToken = mechToken
  }

  /// Also without the outer frame, as it comes from some peers.
  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    let root = try ASN1Field.parse(
      bytes, tags: [0x60, 0xA0], limit: TSRequest.longest, field: "NegTokenInit")
    var token = root
    if root.identifier.tagClass == .application {
      let parts = try ASN1Field.children(of: root, "NegTokenInit")
      guard parts.count == 2, SPNEGO.mechanism(parts[0]) == .spnego else {
        throw ASN1Field.malformed(root, "NegTokenInit", "it is no SPNEGO token")
      }
      token = parts[1]
    }
    mechTypes = []
    for node in try ASN1Field.children(of: try ASN1Field.only(in: token, "NegTokenInit"), "NegTokenInit") {
      switch ASN1Field.contextNumber(node) {
      case 0:
        let list = try ASN1Field.children(of: try ASN1Field.only(in: node, "mechTypes"), "mechTypes")
        for item in list {
          guard let mechanism = SPNEGO.mechanism(item) else {
            throw ASN1Field.malformed(item, "mechTypes", "it is no object identifier")
          }
          mechTypes.append(mechanism)
        }
      case 2: mechToken = try ASN1Field.octets(try ASN1Field.only(in: node, "mechToken"), "mechToken")
      default: break
      }
    }
  }

  /// As DER. A mechanism whose identifier is no valid object identifier is left out.
  public func encode() -> [UInt8] {
    var serializer = DER.Serializer()
    serializer.appendConstructedNode(
      identifier: ASN1Identifier(tagWithNumber: 0, tagClass: .application)
    ) { frame in
      if let spnego = SPNEGO.identifier(.spnego) { frame.appendObjectIdentifier(spnego) }
      frame.appendTagged(0) { choice in
        choice.appendSequence { token in
          token.appendTagged(0) { tagged in
            tagged.appendSequence { list in
              for identifier in mechTypes.compactMap(SPNEGO.identifier) {
                list.appendObjectIdentifier(identifier)
              }
            }
          }
          if let mechToken { token.appendTagged(2) { $0.appendOctets(mechToken) } }
        }
      }
    }
    return serializer.serializedBytes
  }
}

/// Every further SPNEGO message (RFC 4178 section 4.2.2).
///
///     [1] SEQUENCE {
///       negState      [0] ENUMERATED         OPTIONAL,
///       supportedMech [1] OBJECT IDENTIFIER  OPTIONAL,
///       responseToken [2] OCTET STRING       OPTIONAL,
///       mechListMIC   [3] OCTET STRING       OPTIONAL }
public struct NegTokenResp: Hashable, Sendable {
  public var state: State?
  public var supportedMech: Mechanism?
  public var responseToken: [UInt8]?
  public var mechListMIC: [UInt8]?

  /// Open code space (RFC 4178 section 4.2.2, `negState`).
  public struct State: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    public static let acceptCompleted = Self(rawValue: 0)
    public static let acceptIncomplete = Self(rawValue: 1)
    public static let reject = Self(rawValue: 2)
    public static let requestMIC = Self(rawValue: 3)

    public var description: String {
      switch self {
      case .acceptCompleted: "accept-completed"
      case .acceptIncomplete: "accept-incomplete"
      case .reject: "reject"
      case .requestMIC: "request-mic"
      default: "state \(rawValue)"
      }
    }
  }

  public init(
    state: State? = nil, supportedMech: Mechanism? = nil, responseToken: [UInt8]? = nil,
    mechListMIC: [UInt8]? = nil
  ) {
    self.state = state
    self.supportedMech = supportedMech
    self.responseToken = responseToken
    self.mechListMIC = mechListMIC
  }

  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    let root = try ASN1Field.parse(bytes, tags: [0xA1], limit: TSRequest.longest, field: "NegTokenResp")
    for node in try ASN1Field.children(of: try ASN1Field.only(in: root, "NegTokenResp"), "NegTokenResp") {
      switch ASN1Field.contextNumber(node) {
      case 0:
        let number = try ASN1Field.integer(
          try ASN1Field.only(in: node, "negState"), "negState", as: .enumerated)
        state = State(rawValue: number)
      case 1:
        supportedMech = SPNEGO.mechanism(try ASN1Field.only(in: node, "supportedMech"))
        if supportedMech == nil {
          throw ASN1Field.malformed(node, "supportedMech", "it is no object identifier")
        }
      case 2:
        responseToken = try ASN1Field.octets(try ASN1Field.only(in: node, "responseToken"), "responseToken")
      case 3: mechListMIC = try ASN1Field.octets(try ASN1Field.only(in: node, "mechListMIC"), "mechListMIC")
      default: break
      }
    }
  }

  /// As DER.
  public func encode() -> [UInt8] {
    var serializer = DER.Serializer()
    serializer.appendTagged(1) { choice in
      choice.appendSequence { token in
        if let state {
          token.appendTagged(0) { $0.appendInteger(Int32(bitPattern: state.rawValue), as: .enumerated) }
        }
        if let identifier = supportedMech.flatMap(SPNEGO.identifier) {
          token.appendTagged(1) { $0.appendObjectIdentifier(identifier) }
        }
        if let responseToken { token.appendTagged(2) { $0.appendOctets(responseToken) } }
        if let mechListMIC { token.appendTagged(3) { $0.appendOctets(mechListMIC) } }
      }
    }
    return serializer.serializedBytes
  }
}

enum SPNEGO {
  static func mechanism(_ node: ASN1Node) -> Mechanism? {
    guard let identifier = try? ASN1ObjectIdentifier(berEncoded: node) else { return nil }
    return Mechanism(identifier: identifier.oidComponents.map(String.init).joined(separator: "."))
  }

  static func identifier(_ mechanism: Mechanism) -> ASN1ObjectIdentifier? {
    try? ASN1ObjectIdentifier(dotRepresentation: mechanism.identifier)
  }
}
