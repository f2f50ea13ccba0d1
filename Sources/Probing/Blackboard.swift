import Synchronization

/// The name of a value that probes of one run share, with its type.
public protocol BlackboardKey {
  associatedtype Value: Sendable
}

/// What probes of one run leave for those after them, beyond their findings.
public final class Blackboard: Sendable {
  private let values = Mutex<[ObjectIdentifier: any Sendable]>([:])

  public init() {}

  public subscript<Key: BlackboardKey>(key: Key.Type) -> Key.Value? {
    get { values.withLock { $0[ObjectIdentifier(key)] as? Key.Value } }
    set { values.withLock { $0[ObjectIdentifier(key)] = newValue } }
  }
}

/// All addresses of the target, in the order in which to try them. Left by `dns.lookup`.
public enum ResolvedAddresses: BlackboardKey { public typealias Value = [Address] }

/// The target's name as DNS knows it: with the suffix of the search list, and what it is an alias of. Left by `dns.lookup`.
public enum ResolvedNames: BlackboardKey { public typealias Value = [String] }

/// The first address whose RDP port opened. Left by `tcp.port`; what connects to the RDP port goes there.
public enum OpenAddress: BlackboardKey { public typealias Value = Address }

/// How each address reacted that was asked so far, in the order of asking.
public enum AddressAttempts: BlackboardKey { public typealias Value = [AddressAttempt] }

/// Puts the same negotiation on a new connection, so that TLS can begin on it anew.
///
/// Left by the probe that negotiates, when the host selected TLS or CredSSP.
/// - Returns: false when the host did not select the same security again.
public typealias Renegotiate = @Sendable (any ByteStream, Deadline) async -> Bool
public enum RenegotiateSecurity: BlackboardKey { public typealias Value = Renegotiate }

/// The `selectedProtocol` of the negotiation ([MS-RDPBCGR] 2.2.1.2.1); 0 is RDP's own security.
public enum SelectedProtocol: BlackboardKey { public typealias Value = UInt32 }

/// One attempt to open the RDP port of one address.
public struct AddressAttempt: Hashable, Sendable {
  public var address: Address
  /// As the outcomes of `tcp.port`; nil when nothing was learnt.
  public var outcome: String?
  public var errno: Int32?
  public var reason: String?
  /// This host itself has no route there.
  public var isWithoutRoute = false
  public var elapsed: Duration
}
