import COpenSSL
import Foundation

/// The key of this data directory, with which stand-ins are made and turned back.
///
/// `redaction.key`, 32 random bytes that only its owner can read; made at its first use. Whoever has the file can read
/// what a redacted export stands for; without it nobody can.
public struct RedactionKey: Sendable {
  private let bytes: [UInt8]

  /// - Throws: ``CaseStoreError`` when the key cannot be read or made.
  public init(directory: String) throws {
    let path = directory + "/redaction.key"
    if FileManager.default.fileExists(atPath: path) {
      PrivateFiles.tighten(path)
    } else {
      try PrivateFiles.makeFolder(directory)
      var random = SystemRandomNumberGenerator()
      let fresh = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
      do {
        // Of several that begin at once, one makes the key, and all use it.
        try PrivateFiles.write(fresh, to: path, replaces: false)
      } catch {
        throw CaseStoreError("The key \(path) cannot be made. Choose another folder with --data DIR.")
      }
    }
    guard let data = FileManager.default.contents(atPath: path), data.count == 32 else {
      throw CaseStoreError(
        "\(path) is no key of 32 bytes. Put the right file back, or move it away for a new one.")
    }
    bytes = [UInt8](data)
  }

  /// Ten characters from HMAC-SHA-256 (RFC 2104), in the alphabet of RFC 4648 section 6, lower case.
  public func digits(for value: String) -> String {
    var code = [UInt8](repeating: 0, count: 32)
    var length: UInt32 = 0
    let message = Array(value.utf8)
    guard HMAC(EVP_sha256(), bytes, Int32(bytes.count), message, message.count, &code, &length) != nil else {
      return "unreadable"
    }
    let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567")
    return String(code.prefix(10).map { alphabet[Int($0 & 31)] })
  }

  /// Encrypts with AES-256-GCM (NIST SP 800-38D): 12 bytes of nonce, the cipher text, 16 bytes of tag.
  public func sealed(_ text: [UInt8]) -> [UInt8]? {
    var random = SystemRandomNumberGenerator()
    let nonce = (0..<12).map { _ in UInt8.random(in: 0...255, using: &random) }
    guard let context = EVP_CIPHER_CTX_new() else { return nil }
    defer { EVP_CIPHER_CTX_free(context) }
    var cipher = [UInt8](repeating: 0, count: text.count + 16)
    var tag = [UInt8](repeating: 0, count: 16)
    var length: Int32 = 0
    var rest: Int32 = 0
    guard EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nil, bytes, nonce) == 1,
      EVP_EncryptUpdate(context, &cipher, &length, text, Int32(text.count)) == 1,
      EVP_EncryptFinal_ex(context, nil, &rest) == 1,
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, 16, &tag) == 1
    else { return nil }
    return nonce + cipher.prefix(Int(length)) + tag
  }

  /// - Returns: nil when another key has sealed it, or it was changed.
  public func opened(_ sealed: [UInt8]) -> [UInt8]? {
    guard sealed.count >= 28, sealed.count < Int(Int32.max), let context = EVP_CIPHER_CTX_new() else {
      return nil
    }
    defer { EVP_CIPHER_CTX_free(context) }
    let cipher = Array(sealed[12..<(sealed.count - 16)])
    var tag = Array(sealed.suffix(16))
    var text = [UInt8](repeating: 0, count: cipher.count + 16)
    var length: Int32 = 0
    var rest: Int32 = 0
    guard EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nil, bytes, Array(sealed.prefix(12))) == 1,
      EVP_DecryptUpdate(context, &text, &length, cipher, Int32(cipher.count)) == 1,
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, 16, &tag) == 1,
      EVP_DecryptFinal_ex(context, nil, &rest) == 1
    else { return nil }
    return Array(text.prefix(Int(length)))
  }
}
