import Documents
public import Facts
import Foundation

/// Reads files and pasted text from the outside, within bounds, and hands them to ``Documents``.
public enum Intake {
  /// Bytes of an event log, as `.evtx` or XML.
  static let logLimit = 128 << 20
  /// Bytes of any other file: twice the text that is read, since it may be UTF-16.
  static let textLimit = 2 * PastedText.byteLimit

  /// - Parameters:
  ///   - path: A file; `-` is standard input.
  ///   - mayWait: False: only ordinary files, so that reading ends.
  ///   - port: The target's port.
  ///   - knowing: What codes, messages and events mean.
  ///   - window: When the call failed; events outside it do not count.
  /// - Throws: ``IntakeError``, also when nothing in the file is recognised.
  public static func read(
    file path: String, mayWait: Bool = true, port: UInt16 = 3389,
    knowing: TextKnowledge = .none, window: TimeWindow? = nil
  ) throws(IntakeError) -> Submission {
    let isInput = path == "-"
    let name = name(of: path)
    let bytes = try bytes(of: path, isInput: isInput, mayWait: mayWait)
    if bytes.starts(with: Array("ElfFile".utf8)) {
      guard let log = EventLogFile(bytes) else {
        throw IntakeError(.unreadable, "\(path) begins like an event log and ends before its first entry.")
      }
      guard log.recordsRead > 0 else {
        throw IntakeError(
          .unreadable, "No entry of the event log \(path) can be read; export it again with wevtutil epl.")
      }
      return Documents.read(
        log.events, name: name, knowing: knowing, window: window, note: Self.summary(of: log, name))
    }
    guard let text = TextDecoding.text(of: bytes) else {
      throw IntakeError(
        .unreadable,
        "\(path) is neither text nor an event log. Readable: \(Documents.readable.joined(separator: "; ")).")
    }
    return try read(text, name: name, isFile: !isInput, port: port, knowing: knowing, window: window)
  }

  /// Reads a connection file.
  ///
  /// - Throws: ``IntakeError``, also when it is another file; it names the line that no connection file has.
  public static func read(connectionFile path: String, mayWait: Bool = true) throws(IntakeError) -> Submission
  {
    let isInput = path == "-"
    let bytes = try bytes(of: path, isInput: isInput, mayWait: mayWait)
    let wayOut = "Have it saved anew in the Remote Desktop window (Show Options, Save As), or leave it out."
    guard let text = TextDecoding.text(of: bytes) else {
      throw IntakeError(.unreadable, "\(path) is no connection file: it holds no text. \(wayOut)")
    }
    guard RDPFile(text) != nil else {
      throw IntakeError(.unreadable, "\(path) is no connection file: \(RDPFile.fault(in: text)). \(wayOut)")
    }
    return Documents.read(text, name: name(of: path), isFile: !isInput)
  }

  /// How much of a log was read, from when to when.
  private static func summary(of log: EventLogFile, _ name: String) -> String {
    let span = log.first.flatMap { first in log.last.map { " (\(first.text) to \($0.text) UTC)" } } ?? ""
    let damaged =
      log.recordsUnreadable + log.chunksDamaged > 0
      ? " \(log.recordsUnreadable) entries and \(log.chunksDamaged) parts of 64 KB could not be read." : ""
    return
      "\(name): \(log.recordsRead) entries read\(span), none of them tells anything about a failed Remote Desktop connection.\(damaged)"
  }

  /// Standard input as text, to its end.
  public static func text(standardInput: Void) throws(IntakeError) -> String {
    guard let text = TextDecoding.text(of: try bytes(of: "-", isInput: true, mayWait: true)) else {
      throw IntakeError(.unreadable, "Standard input holds no text.")
    }
    return text
  }

  private static func name(of path: String) -> String {
    path == "-" ? "standard input" : String(path.split(separator: "/").last ?? "file")
  }

  /// Reads a text that was pasted.
  public static func read(
    pasted text: String, port: UInt16 = 3389, knowing: TextKnowledge = .none, window: TimeWindow? = nil
  ) throws(IntakeError) -> Submission {
    try read(text, name: "pasted text", isFile: false, port: port, knowing: knowing, window: window)
  }

  private static func read(
    _ text: String, name: String, isFile: Bool, port: UInt16, knowing: TextKnowledge,
    window: TimeWindow?
  ) throws(IntakeError) -> Submission {
    let events = try EventXML.events(in: text)
    if events == nil, text.utf8.count > PastedText.byteLimit {
      throw IntakeError(
        .tooLarge,
        "\(name) holds more than \(PastedText.byteLimit >> 20) MB of text: hand in the part that matters.")
    }
    let rest = events.map { $0.isWhole ? "" : text } ?? text
    var submission = Documents.read(
      rest, name: name, isFile: isFile, port: port, events: events?.events ?? [], knowing: knowing,
      window: window)
    if submission.recognised.isEmpty, let events, events.count > 0 {
      let span =
        events.first.flatMap { first in events.last.map { " (\(first.text) to \($0.text) UTC)" } } ?? ""
      submission.recognised = ["event log"]
      submission.notes.append(
        "\(SafeText.clean(name, limit: 80)): \(events.count) entries of an event log read\(span), none of them is about Remote Desktop."
      )
    }
    guard !submission.recognised.isEmpty || !submission.notes.isEmpty else {
      throw IntakeError(
        .unreadable,
        "Nothing in \(name) is recognised. Readable: \(Documents.readable.joined(separator: "; ")).")
    }
    return submission
  }

  private static func bytes(of path: String, isInput: Bool, mayWait: Bool) throws(IntakeError) -> [UInt8] {
    let handle: FileHandle
    if isInput {
      handle = .standardInput
    } else {
      let kind = (try? FileManager.default.attributesOfItem(atPath: path))?[.type] as? FileAttributeType
      guard kind != .typeDirectory else {
        throw IntakeError(.missing, "\(path) is a folder; name a file in it.")
      }
      let isOrdinary = kind == .typeRegular || kind == .typeSymbolicLink
      guard mayWait || isOrdinary, let opened = FileHandle(forReadingAtPath: path) else {
        throw IntakeError(.missing, "The file \(path) is not there or cannot be read.")
      }
      handle = opened
    }
    defer { if !isInput { try? handle.close() } }
    var bytes: [UInt8] = []
    do {
      while let part = try handle.read(upToCount: 1 << 20), !part.isEmpty {
        bytes += part
        let isLog = bytes.starts(with: Array("ElfFile".utf8)) || EventXML.isDocument(bytes.prefix(400))
        guard bytes.count <= (isLog ? logLimit : textLimit) else {
          throw IntakeError(
            .tooLarge,
            "\(path) is larger than \((isLog ? logLimit : textLimit) >> 20) MB: hand in the part that matters, for example the last day."
          )
        }
      }
    } catch let error as IntakeError {
      throw error
    } catch {
      throw IntakeError(.missing, "The file \(path) cannot be read to its end.")
    }
    return bytes
  }
}

/// Why a file or text is of no use, as a sentence.
public struct IntakeError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Kind: Hashable, Sendable { case missing, unreadable, tooLarge }
  public let kind: Kind
  public let description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = SafeText.clean(description, limit: 1000)
  }
}
