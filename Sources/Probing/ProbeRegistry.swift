/// Every probe there is.
///
/// INVARIANT: what a probe needs is stated by a probe above it. Probes of the RDP port's lane run in this order.
public enum ProbeRegistry {
  public static let all: [any Probe.Type] = []
}
