import Glibc

/// A moment in the form that certificates have.
struct CertificateDate {
  var seconds: Int

  static var now: Self { .init(seconds: time(nil)) }
  func adding(days: Int) -> Self { .init(seconds: seconds + days * 86400) }

  /// `YYYYMMDDHHMMSSZ`.
  var text: String {
    var (moment, parts) = (seconds, tm())
    gmtime_r(&moment, &parts)
    var buffer = [CChar](repeating: 0, count: 32)
    let count = strftime(&buffer, buffer.count, "%Y%m%d%H%M%SZ", &parts)
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
