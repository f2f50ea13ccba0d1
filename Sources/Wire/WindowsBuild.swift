/// The version that an NTLM peer states ([MS-NLMP] 2.2.2.10 VERSION).
///
///     major (1) | minor (1) | build (2, little-endian) | reserved (3) | NTLM revision (1), 15
public struct WindowsBuild: Hashable, Sendable, CustomStringConvertible {
  public var major: UInt8
  public var minor: UInt8
  public var build: UInt16

  public init(major: UInt8, minor: UInt8, build: UInt16) {
    self.major = major
    self.minor = minor
    self.build = build
  }

  init(_ reader: inout ByteReader) throws(DecodeError) {
    major = try reader.readUInt8("version major")
    minor = try reader.readUInt8("version minor")
    build = try reader.readUInt16LE("version build")
    _ = try reader.readBytes(4, "version revision")
  }

  func encode() -> [UInt8] {
    var bytes = [major, minor]
    bytes.appendLE(build)
    return bytes + [0, 0, 0, 15]
  }

  public var description: String { "\(major).\(minor).\(build)" }

  /// The product, or the products that share this build; nil when it is not known.
  ///
  /// Clients and servers share builds, and releases that came as an enablement package state the build of the one before.
  public var product: String? {
    // Samba states 6.1 and build 0.
    if build == 0 { return "not Windows (Samba or another)" }
    return Self.products[self]
  }

  /// Public release history of Windows.
  private static let products: [WindowsBuild: String] = [
    .init(major: 5, minor: 1, build: 2600): "Windows XP",
    .init(major: 5, minor: 2, build: 3790): "Windows Server 2003 or XP x64",
    .init(major: 6, minor: 0, build: 6000): "Windows Vista",
    .init(major: 6, minor: 0, build: 6001): "Windows Vista SP1 or Server 2008",
    .init(major: 6, minor: 0, build: 6002): "Windows Vista SP2 or Server 2008 SP2",
    .init(major: 6, minor: 0, build: 6003): "Windows Server 2008 SP2",
    .init(major: 6, minor: 1, build: 7600): "Windows 7 or Server 2008 R2",
    .init(major: 6, minor: 1, build: 7601): "Windows 7 SP1 or Server 2008 R2 SP1",
    .init(major: 6, minor: 2, build: 9200): "Windows 8 or Server 2012",
    .init(major: 6, minor: 3, build: 9600): "Windows 8.1 or Server 2012 R2",
    .init(major: 10, minor: 0, build: 10240): "Windows 10 1507",
    .init(major: 10, minor: 0, build: 10586): "Windows 10 1511",
    .init(major: 10, minor: 0, build: 14393): "Windows 10 1607 or Server 2016",
    .init(major: 10, minor: 0, build: 15063): "Windows 10 1703",
    .init(major: 10, minor: 0, build: 16299): "Windows 10 1709 or Server 1709",
    .init(major: 10, minor: 0, build: 17134): "Windows 10 1803 or Server 1803",
    .init(major: 10, minor: 0, build: 17763): "Windows 10 1809 or Server 2019",
    .init(major: 10, minor: 0, build: 18362): "Windows 10 1903 or 1909",
    .init(major: 10, minor: 0, build: 19041): "Windows 10 2004 to 22H2",
    .init(major: 10, minor: 0, build: 20348): "Windows Server 2022",
    .init(major: 10, minor: 0, build: 22000): "Windows 11 21H2",
    .init(major: 10, minor: 0, build: 22621): "Windows 11 22H2 or 23H2",
    .init(major: 10, minor: 0, build: 25398): "Windows Server 23H2",
    .init(major: 10, minor: 0, build: 26100): "Windows 11 24H2 or Server 2025",
  ]
}
