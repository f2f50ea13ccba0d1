import Facts
import Glibc
import Practice
import Synchronization
import TestSupport
import Testing

@testable import Probing

@Suite(.oneAtATime, .enabled(if: TestCertificates.isAvailable, "openssl is not installed"))
struct CertificateTests {
  private let certificates: CertificateFiles

  init() async throws {
    certificates = try await blocking {
      let files = try CertificateFiles.shared.get()
      for leaf in TestCertificates.Leaf.allCases { _ = try files.files(leaf) }
      return files
    }
  }

  private func chain(_ leaf: TestCertificates.Leaf) throws -> CertificateChain {
    try #require(CertificateChain(der: try Self.der(pem: try certificates.files(leaf).chain)))
  }

  static func der(pem path: String) throws -> [[UInt8]] {
    let text = try Command.run("cat", [path]).output
    var certificates: [[UInt8]] = []
    var base64 = ""
    for line in text.split(separator: "\n") {
      if line.hasPrefix("-----BEGIN") {
        base64 = ""
      } else if line.hasPrefix("-----END") {
        certificates.append(decode(base64))
      } else {
        base64 += line
      }
    }
    return certificates
  }

  private static func decode(_ base64: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var (value, bits) = (0, 0)
    for byte in base64.utf8 where byte != UInt8(ascii: "=") {
      let digit: Int =
        switch byte {
        case 65...90: Int(byte) - 65
        case 97...122: Int(byte) - 71
        case 48...57: Int(byte) + 4
        case 43: 62
        default: 63
        }
      (value, bits) = (value << 6 | digit, bits + 6)
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: value >> bits))
      }
    }
    return bytes
  }

  @Test func aCertificateIsRead() throws {
    let leaf = try chain(.good).leaf
    #expect(leaf.subject == "CN=\(TestCertificates.name)")
    #expect(leaf.issuer == "CN=Test Issuing CA")
    #expect(leaf.dnsNames == [TestCertificates.name, "localhost"])
    #expect(leaf.addresses == [loopback])
    #expect(leaf.keyType == "RSA")
    #expect(leaf.keyBits == 2048)
    #expect(leaf.signatureDigest == "SHA256")
    #expect(leaf.keyUsage == ["digitalSignature", "keyEncipherment"])
    #expect(leaf.extendedKeyUsage == ["1.3.6.1.5.5.7.3.1"])
    #expect(!leaf.isSelfSigned)
    let from = try #require(leaf.validFrom)
    #expect(abs(from.seconds - (Timestamp.now().seconds - 86400)) < 3700)
  }

  @Test func aChainToATrustedRootIsTrusted() throws {
    #expect(try chain(.good).verify(trustFile: certificates.root, at: .now()) == .trusted)
  }

  @Test func aChainToAnUnknownRootIsNotTrusted() throws {
    #expect(try chain(.good).verify(trustFile: nil, at: .now()) == .unknownRoot)
  }

  @Test func anIssuerThatIsNotSentIsMissing() throws {
    let chain = try chain(.missingIntermediate)
    #expect(try chain.verify(trustFile: certificates.root, at: .now()) == .missingIntermediate)
  }

  @Test func theDatesOfTheHostsOwnCertificateAreNoMatterOfTrust() throws {
    #expect(try chain(.expired).verify(trustFile: certificates.root, at: .now()) == .trusted)
    #expect(try chain(.notYetValid).verify(trustFile: certificates.root, at: .now()) == .trusted)
  }

  @Test func anIssuerThatHasExpiredIsInvalid() throws {
    // The issuing authority of the tests ends with 2049; the root goes on for ten years from now.
    let later = Timestamp(seconds: 2_600_000_000)
    guard case .invalid(let reason) = try chain(.good).verify(trustFile: certificates.root, at: later) else {
      Issue.record("not invalid")
      return
    }
    #expect(reason.contains("expired"))
  }

  @Test func theUsageAndStrengthAreNoMatterOfTrust() throws {
    for leaf in [TestCertificates.Leaf.clientOnly, .weakKey, .weakSignature] {
      #expect(try chain(leaf).verify(trustFile: certificates.root, at: .now()) == .trusted)
    }
  }

  @Test func theTrustOfTheHostsStoreIsToldFromThatOfTheFile() throws {
    let chain = try chain(.good)
    #expect(try chain.verify(trustFile: certificates.root, usesHostStore: false, at: .now()) == .trusted)
    #expect(try chain.verify(trustFile: nil, usesHostStore: false, at: .now()) == .unknownRoot)
  }

  @Test func whereToAskAboutRevocationIsRead() throws {
    let leaf = try chain(.revocable).leaf
    #expect(leaf.revocationLists == [TestCertificates.revocationList])
    #expect(leaf.revocationResponders == [TestCertificates.responder])
    #expect(leaf.issuerLocations == [TestCertificates.issuerLocation])
    let silent = try self.chain(.good).leaf
    #expect(silent.revocationLists.isEmpty && silent.revocationResponders.isEmpty)
  }

  @Test func keysAndSignaturesOfOtherKindsAreRead() throws {
    let curve = try chain(.ellipticCurve).leaf
    #expect(curve.keyType == "EC" && curve.keyBits == 256)
    #expect(try chain(.brokenSignature).leaf.signatureDigest == "MD5")
    #expect(try chain(.windowsUsage).leaf.keyUsage == ["keyEncipherment", "dataEncipherment"])
    for leaf in [TestCertificates.Leaf.ellipticCurve, .brokenSignature, .windowsUsage] {
      #expect(try chain(leaf).verify(trustFile: certificates.root, at: .now()) == .trusted)
    }
  }

  @Test func aSelfSignedCertificateIsToldApart() throws {
    let chain = try chain(.selfSigned)
    #expect(chain.leaf.isSelfSigned)
    #expect(try chain.verify(trustFile: certificates.root, at: .now()) == .selfSigned)
  }

  @Test func aSelfSignedCertificateThatIsTrustedByItselfIsTrusted() throws {
    let files = try certificates.files(.selfSigned)
    let chain = try #require(CertificateChain(der: try Self.der(pem: files.chain)))
    #expect(try chain.verify(trustFile: files.chain, at: .now()) == .trusted)
  }

  @Test func aChangedSignatureIsInvalid() throws {
    var der = try Self.der(pem: try certificates.files(.good).chain)
    der[0][der[0].count - 1] ^= 1
    let chain = try #require(CertificateChain(der: der))
    guard case .invalid = try chain.verify(trustFile: certificates.root, at: .now()) else {
      Issue.record("not invalid")
      return
    }
  }

  @Test func aTrustFileThatIsMissingIsSaid() throws {
    let chain = try chain(.good)
    #expect(throws: CertificateChain.VerifyError.trustFileUnreadable(path: "/nonexistent.pem")) {
      try chain.verify(trustFile: "/nonexistent.pem", at: .now())
    }
  }

  @Test func namesAgreeWithoutRegardToCaseAndRootDot() throws {
    let chain = try chain(.good)
    #expect(chain.isFor(name: "RDP.Example.Test"))
    #expect(chain.isFor(name: "rdp.example.test."))
    #expect(!chain.isFor(name: "rdp"))
    #expect(!chain.isFor(name: "example.test"))
    #expect(chain.isFor(address: loopback))
    #expect(!chain.isFor(address: try #require(Address("127.0.0.2"))))
  }

  @Test func whatIsNoCertificateIsRefused() {
    #expect(CertificateChain(der: []) == nil)
    #expect(CertificateChain(der: [[]]) == nil)
    #expect(CertificateChain(der: [[0x30, 0x03, 1, 2, 3]]) == nil)
  }

  @Test func everyTruncationIsRefusedOrRead() throws {
    let whole = try Self.der(pem: try certificates.files(.good).chain)[0]
    for length in 0..<whole.count {
      #expect(CertificateChain(der: [Array(whole.prefix(length))]) == nil)
    }
  }

  @Test func changedBytesNeverTrap() throws {
    let whole = try Self.der(pem: try certificates.files(.good).chain)[0]
    var generator = SeededGenerator(state: 7)
    for _ in 0..<2000 {
      var mutated = whole
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        mutated[Int.random(in: 0..<mutated.count, using: &generator)] = .random(
          in: 0...255, using: &generator)
      }
      if let chain = CertificateChain(der: [mutated]) {
        _ = chain.isFor(name: "rdp.example.test")
        #expect(chain.leaf.subject.count <= 513)
      }
    }
  }
}

/// Certificates that all tests of this target share; each is made once.
final class CertificateFiles: Sendable {
  static let shared = Result { CertificateFiles(try TestCertificates()) }

  private let certificates: TestCertificates
  private let made = Mutex<[TestCertificates.Leaf: TestCertificates.Files]>([:])
  var root: String { certificates.root }

  private init(_ certificates: TestCertificates) { self.certificates = certificates }

  func files(_ leaf: TestCertificates.Leaf) throws -> TestCertificates.Files {
    try made.withLock { made in
      if let files = made[leaf] { return files }
      let files = try certificates.files(leaf)
      made[leaf] = files
      return files
    }
  }
}

/// SplitMix64, so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
