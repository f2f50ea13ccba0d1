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
    case clientOnly = "clienteku"
    case selfSigned = "selfsigned"
    /// As `good`, but the server sends the leaf alone.
    case missingIntermediate = "noint"
  }

  public static let isAvailable = Command.path(of: "openssl") != nil
  /// The name in all but one of the leaves, beside 127.0.0.1.
  public static let name = "rdp.example.test"

  public init() throws {
    folder = try TemporaryFolder()
    try openssl(
      "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "3650", "-subj",
      "/CN=Test Root CA",
      "-keyout", path("root.key"), "-out", root, "-addext", "basicConstraints=critical,CA:TRUE", "-addext",
      "keyUsage=critical,keyCertSign,cRLSign")
    try sign(
      "int", subject: "Test Issuing CA", key: "rsa:2048", issuer: "root", from: "20200101000000Z",
      until: "20491231235959Z",
      extensions: "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n")
  }

  /// Makes the leaf anew.
  public func files(_ leaf: Leaf) throws -> (chain: String, key: String) {
    let now = CertificateDate.now
    var (from, until) = (now.adding(days: -1), now.adding(days: 825))
    var (key, digest, usage, names) = (
      "rsa:2048", "sha256", "serverAuth", "DNS:\(Self.name),DNS:localhost,IP:127.0.0.1"
    )
    switch leaf {
    case .good, .missingIntermediate, .selfSigned: break
    case .expired: (from, until) = (now.adding(days: -400), now.adding(days: -10))
    case .notYetValid: from = now.adding(days: 30)
    case .expiresSoon: until = now.adding(days: 3)
    case .wrongName: names = "DNS:other.example.test"
    case .weakKey: key = "rsa:1024"
    case .weakSignature: digest = "sha1"
    case .clientOnly: usage = "clientAuth"
    }
    let subject = leaf == .wrongName ? "other.example.test" : Self.name
    try sign(
      leaf.rawValue, subject: subject, key: key, issuer: leaf == .selfSigned ? nil : "int", digest: digest,
      from: from.text, until: until.text,
      extensions:
        "basicConstraints=CA:FALSE\nkeyUsage=digitalSignature,keyEncipherment\nextendedKeyUsage=\(usage)\nsubjectAltName=\(names)\n"
    )
    var chain = path("\(leaf.rawValue).crt")
    if leaf != .selfSigned && leaf != .missingIntermediate {
      let whole = path("\(leaf.rawValue).chain.crt")
      let texts = try Command.run("cat", [chain, path("int.crt")])
      chain = try folder.write(texts.output, to: "\(leaf.rawValue).chain.crt")
      precondition(chain == whole)
    }
    return (chain, path("\(leaf.rawValue).key"))
  }

  private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  private func openssl(_ arguments: String...) throws {
    let result = try Command.run("openssl", arguments, environment: ["HOME": folder.path])
    guard result.code == 0 else { throw Command.Failure("openssl \(arguments[0]): \(result.output)") }
  }

  /// `openssl ca`, because `openssl x509` of OpenSSL 3.0 cannot set the first day.
  private func sign(
    _ name: String, subject: String, key: String, issuer: String?, digest: String = "sha256", from: String,
    until: String, extensions: String
  ) throws {
    try openssl(
      "req", "-new", "-newkey", key, "-nodes", "-subj", "/CN=\(subject)", "-keyout", path("\(name).key"),
      "-out",
      path("\(name).csr"))
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
