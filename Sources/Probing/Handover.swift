/// The one connection to the RDP port that a probe leaves open for the next.
///
/// What one connection can tell is not asked on another. The runner closes it as soon as no probe of the run that is
/// still to come takes this stage, and before any other connection to the RDP port is opened.
public struct Handover: Sendable {
  public enum Stage: Hashable, Sendable {
    /// TCP is open, no byte was sent.
    case connected
    /// The X.224 confirm selected TLS or CredSSP; the next byte is the ClientHello.
    case negotiated
    /// The X.224 confirm selected RDP's own security; the next message is MCS Connect Initial.
    case plain
    /// TLS is complete and nothing was sent inside it.
    case secured
  }

  public var stage: Stage
  public var stream: any ByteStream

  public init(_ stage: Stage, _ stream: any ByteStream) {
    self.stage = stage
    self.stream = stream
  }
}
