import CFuzzer

/// A decoder that must end on any bytes, without a trap and without much memory.
///
/// To add one: a line in ``all``.
public struct FuzzTarget: Sendable {
  /// Also the folder of its files below `Tests/Fuzzer/Corpus`.
  public let name: String
  /// Where mutation begins: messages that decode, made from the specification.
  public let seeds: [[UInt8]]
  let decode: @Sendable ([UInt8]) -> Void

  /// Memory at one time that any input may take, however short it is.
  public static let freeBytes = 64 * 1024
  /// Memory at one time for each byte of input beyond that.
  public static let bytesPerByte = 16

  public init(_ name: String, _ seeds: [[UInt8]], _ decode: @escaping @Sendable ([UInt8]) -> Void) {
    self.name = name
    self.seeds = seeds
    self.decode = decode
  }

  /// Decodes once.
  /// - Returns: nil when it kept its bounds, else what it took, in words.
  public func run(_ bytes: [UInt8]) -> String? {
    fuzz_count_begin()
    decode(bytes)
    let most = fuzz_count_end()
    let allowed = Self.freeBytes + Self.bytesPerByte * bytes.count
    return most <= allowed ? nil : "\(name) took \(most) bytes for \(bytes.count) bytes of input"
  }

  /// The one under the fuzzer, whose call carries no context.
  nonisolated(unsafe) public private(set) static var chosen: FuzzTarget?

  /// Call it once, before the fuzzer runs.
  /// - Returns: False when there is no target of that name.
  public static func choose(_ name: String) -> Bool {
    chosen = all.first { $0.name == name }
    return chosen != nil
  }
}
