/// Every probe there is.
///
/// INVARIANT: what a probe needs or follows is stated by a probe above it. Probes of the RDP port's lane run in this order.
public enum ProbeRegistry {
  public static let all: [any Probe.Type] = [
    // Name.
    DNSLookupProbe.self,

    // Path, negotiation, TLS, and CredSSP or a session: one connection, handed on.
    TCPPortProbe.self,
    NegotiationProbe.self,
    TLSHandshakeProbe.self,
    CredSSPProbe.self,
    SessionProbe.self,

    // Certificate: no connection.
    CertificateTrustProbe.self,
    CertificateDatesProbe.self,
    CertificateNameProbe.self,
    CertificateStrengthProbe.self,
    CertificateUsageProbe.self,

    // The gateway, where one is named.
    GatewayProbe.self,

    // The same port over UDP.
    UDPTransportProbe.self,

    // Further connections to the RDP port.
    SecurityOffersProbe.self,
    TCPAddressesProbe.self,
    PathMTUProbe.self,
    TLSSupportProbe.self,
    EntraProbe.self,
    TCPQualityProbe.self,

    // What DNS and the directory say: other ports and other hosts.
    DNSReverseProbe.self,
    NamesAgreementProbe.self,
    DomainControllersProbe.self,
    KerberosProbe.self,
    LDAPProbe.self,

    // Other ways into the host.
    WinRMProbe.self,
    SSHProbe.self,
    SMBProbe.self,
    RPCProbe.self,
    HTTPSConsoleProbe.self,
  ]
}
