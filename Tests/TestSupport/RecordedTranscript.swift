import Foundation

/// A recorded connection of a real server, in the format `rdp-transcript/1`.
public struct RecordedTranscript: Sendable {
  public enum Step: Hashable, Sendable {
    case client([UInt8])
    case server([UInt8])
    case startTLS
  }

  public var name: String
  public var steps: [Step]

  /// Where the recordings are: `RDPTRIAGE_CAPTURES`, else `../shared/captures`.
  public static let folder = ProcessInfo.processInfo.environment["RDPTRIAGE_CAPTURES"] ?? "../shared/captures"
  public static let areAvailable = FileManager.default.isReadableFile(atPath: "\(folder)/index.json")

  /// - Throws: also when the recording could not be decrypted as far as it is needed.
  public init(named name: String) throws {
    self.name = name
    let data = try Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)/transcripts/\(name).json"))
    let file = try JSONDecoder().decode(File.self, from: data)
    guard file.format == "rdp-transcript/1" else { throw Command.Failure("\(name) is in \(file.format)") }
    steps = []
    for message in file.messages {
      // What was left out cannot be played back, and so nothing behind it.
      guard let layer = message.layer, let bytes = message.bytes else { break }
      switch layer {
      case "tcp", "plaintext", "tls-plaintext":
        steps.append(message.dir == "c2s" ? .client(bytes) : .server(bytes))
      case "tls-record":
        if !steps.contains(.startTLS) { steps.append(.startTLS) }
      default: return
      }
    }
  }

  private struct File: Decodable {
    var format: String
    var messages: [Message]
  }

  private struct Message: Decodable {
    var dir: String?
    var layer: String?
    var hex: String?

    var bytes: [UInt8]? {
      guard let hex, hex.utf8.count.isMultiple(of: 2) else { return nil }
      let digits = Array(hex.utf8)
      return stride(from: 0, to: digits.count, by: 2).map { start in
        UInt8(String(decoding: digits[start..<(start + 2)], as: UTF8.self), radix: 16) ?? 0
      }
    }
  }
}
