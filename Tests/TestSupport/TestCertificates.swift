import Synchronization

/// A small certificate authority, made by the `openssl` program so that the certificates do not come from the code that
/// is under test: root, issuing authority, and leaves with one property each.
public final class TestCertificates: Sendable {
  public let folder: TemporaryFolder
  /// The root, for clients that shall trust it.
  public var root: String { "\(folder.path)/root.crt" }

  public enum Leaf: String, CaseIterable, Sendable {
    case good
    case expired
    case notYetValid = "future"
    case expiresSoon = "soon"
    case wrongName = "wrongname"
    case weakKey = "rsa1024"
    case weakSignature = "sha1"
    case brokenSignature = "md5"
    /// A key on the curve P-256.
    case ellipticCurve = "ec"
    /// The key usage of the certificates that Windows makes for itself: no digital signature.
    case windowsUsage = "windowsusage"
    /// Names where its issuer and its revocation can be asked for.
    case revocable
    case clientOnly = "clienteku"
    case selfSigned = "selfsigned"
    /// As `good`, but the server sends the leaf alone.
    case missingIntermediate = "noint"
  }

  public static let isAvailable = Command.path(of: "openssl") != nil
  /// The name in all but one of the leaves, beside 127.0.0.1.
  public static let name = "rdp.example.test"
  public static let revocationList = "http://crl.example.test/issuing.crl"
  public static let responder = "http://ocsp.example.test"
  public static let issuerLocation = "http://aia.example.test/issuing.crt"

  public init() throws {
    folder = try TemporaryFolder()
    try openssl(
      "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "3650", "-subj",
      "/CN=Test Root CA",
      "-keyout", path("root.key"), "-out", root, "-addext", "basicConstraints=critical,CA:TRUE", "-addext",
      "keyUsage=critical,keyCertSign,cRLSign")
    try sign(
      "int", subject: "Test Issuing CA", bits: 2048, issuer: "root", from: "20200101000000Z",
      until: "20491231235959Z",
      extensions: "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n")
  }

  /// PEM files, which live as long as the value.
  public struct Files: Sendable {
    public var chain: String
    public var key: String
    /// The first certificate of `chain` alone, and the others.
    public var leaf: String
    public var intermediates: String?
    fileprivate var authority: TestCertificates

    /// What the issuing authority says about revocation today (RFC 6960), as a file in DER.
    public func revocationAnswer(isRevoked: Bool) throws -> String { try authority.answer(leaf, isRevoked) }
  }

  private func answer(_ leaf: String, _ isRevoked: Bool) throws -> String {
    let base = String(leaf.dropLast(4))
    let said = try Command.run("cat", ["\(base).index"]).output
    var fields = said.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    guard fields.count == 6 else { throw Command.Failure("openssl ca wrote: \(said)") }
    if isRevoked { (fields[0], fields[2]) = ("R", "240101000000Z") }
    let file = "\(base).\(isRevoked ? "revoked" : "good")"
    let database = try folder.write(
      fields.joined(separator: "\t"), to: "\(file.split(separator: "/").last ?? "").index")
    try openssl(
      "ocsp", "-index", database, "-rsigner", path("int.crt"), "-rkey", path("int.key"), "-CA",
      path("int.crt"),
      "-issuer", path("int.crt"), "-cert", leaf, "-respout", "\(file).der")
    return "\(file).der"
  }

  /// Makes the leaf anew.
  public func files(_ leaf: Leaf) throws -> Files {
    let now = CertificateDate.now
    var (from, until) = (now.adding(days: -1), now.adding(days: 825))
    var (bits, digest, usage, names) = (
      2048, "sha256", "serverAuth", "DNS:\(Self.name),DNS:localhost,IP:127.0.0.1"
    )
    var (keyUsage, more) = ("digitalSignature,keyEncipherment", "")
    switch leaf {
    case .good, .missingIntermediate, .selfSigned: break
    case .expired: (from, until) = (now.adding(days: -400), now.adding(days: -10))
    case .notYetValid: from = now.adding(days: 30)
    case .expiresSoon: until = now.adding(days: 3)
    case .wrongName: names = "DNS:other.example.test"
    case .weakKey: bits = 1024
    case .weakSignature: digest = "sha1"
    case .brokenSignature: digest = "md5"
    case .ellipticCurve: (bits, keyUsage) = (256, "digitalSignature")
    case .windowsUsage: keyUsage = "keyEncipherment,dataEncipherment"
    case .revocable:
      more = """
        crlDistributionPoints=URI:\(Self.revocationList)
        authorityInfoAccess=OCSP;URI:\(Self.responder),caIssuers;URI:\(Self.issuerLocation)

        """
    case .clientOnly: usage = "clientAuth"
    }
    let subject = leaf == .wrongName ? "other.example.test" : Self.name
    try sign(
      leaf.rawValue, subject: subject, bits: bits, issuer: leaf == .selfSigned ? nil : "int", digest: digest,
      from: from.text, until: until.text,
      extensions:
        "basicConstraints=CA:FALSE\nkeyUsage=\(keyUsage)\nextendedKeyUsage=\(usage)\nsubjectAltName=\(names)\n\(more)"
    )
    var chain = path("\(leaf.rawValue).crt")
    let hasChain = leaf != .selfSigned && leaf != .missingIntermediate
    if hasChain {
      let texts = try Command.run("cat", [chain, path("int.crt")])
      chain = try folder.write(texts.output, to: "\(leaf.rawValue).chain.crt")
    }
    return Files(
      chain: chain, key: path("\(leaf.rawValue).key"), leaf: path("\(leaf.rawValue).crt"),
      intermediates: hasChain ? path("int.crt") : nil, authority: self)
  }

  private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  private func openssl(_ arguments: String...) throws {
    let result = try Command.run("openssl", arguments, environment: ["HOME": folder.path])
    guard result.code == 0 else { throw Command.Failure("openssl \(arguments[0]): \(result.output)") }
  }

  /// Keys take long to make: every authority has the same ones.
  private static let keys = Mutex<[String: String]>([:])

  private func makeKey(_ name: String, bits: Int) throws {
    let purpose = ["root", "int"].contains(name) ? name : "leaf of \(bits) bits"
    let text = try Self.keys.withLock { keys in
      if let key = keys[purpose] { return key }
      // No RSA key is that short.
      let arguments =
        bits <= 521
        ? ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-\(bits)"] : ["genrsa", "\(bits)"]
      let made = try Command.run("openssl", arguments).output
      guard made.contains("PRIVATE KEY") else { throw Command.Failure("openssl genrsa: \(made)") }
      keys[purpose] = made
      return made
    }
    try folder.write(text, to: "\(name).key")
  }

  /// `openssl ca`, because `openssl x509` of OpenSSL 3.0 cannot set the first day.
  private func sign(
    _ name: String, subject: String, bits: Int, issuer: String?, digest: String = "sha256", from: String,
    until: String, extensions: String
  ) throws {
    try makeKey(name, bits: bits)
    try openssl(
      "req", "-new", "-key", path("\(name).key"), "-subj", "/CN=\(subject)", "-out", path("\(name).csr"))
    try folder.write(extensions, to: "\(name).ext")
    try folder.write("", to: "\(name).index")
    let settings = try folder.write(
      """
      [ca]
      default_ca=authority
      [authority]
      database=\(path("\(name).index"))
      new_certs_dir=\(folder.path)
      rand_serial=yes
      policy=names
      unique_subject=no
      [names]
      commonName=supplied
      """, to: "\(name).cnf")
    let signer =
      issuer.map { ["-cert", path("\($0).crt"), "-keyfile", path("\($0).key")] }
      ?? ["-selfsign", "-keyfile", path("\(name).key")]
    let result = try Command.run(
      "openssl",
      ["ca", "-batch", "-notext", "-config", settings] + signer + [
        "-md", digest, "-in", path("\(name).csr"), "-out", path("\(name).crt"), "-startdate", from,
        "-enddate", until,
        "-extfile", path("\(name).ext"),
      ])
    guard result.code == 0 else { throw Command.Failure("openssl ca for \(name): \(result.output)") }
  }
}
