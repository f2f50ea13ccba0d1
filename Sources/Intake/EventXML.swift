import CXML
import Documents
import Facts
import Foundation

/// Events exported as XML: the Event Viewer's file, `wevtutil /f:xml`, or fragments that stand in a text.
package enum EventXML {
  package struct Found {
    package var events: [LogEvent]
    /// Of whatever program.
    package var count: Int
    package var first: Timestamp?
    package var last: Timestamp?
    /// The text is XML from its first to its last character.
    package var isWhole: Bool
  }

  /// True for the beginning of an XML file of events, in UTF-8 or UTF-16.
  static func isDocument(_ head: ArraySlice<UInt8>) -> Bool {
    let letters = head.filter {
      $0 != 0 && $0 != 0xFF && $0 != 0xFE && $0 != 0xEF && $0 != 0xBB && $0 != 0xBF
    }
    return letters.starts(with: Array("<?xml".utf8)) || letters.starts(with: Array("<Event".utf8))
  }

  /// - Returns: nil when no event stands in the text.
  /// - Throws: when the text declares a document type: exports never do, and entities could be made to grow without bound.
  package static func events(in text: String) throws(IntakeError) -> Found? {
    let data = Data(text.utf8)
    let opening = Data("<Event".utf8)
    guard let first = data.range(of: opening) else { return nil }
    let isWhole = isDocument(Array(data.prefix(64))[...])
    let body = isWhole ? data[first.lowerBound...] : fragments(of: data, from: first.lowerBound)
    guard !body.isEmpty else { return nil }
    for mark in ["<!DOCTYPE", "<!ENTITY"] where data.range(of: Data(mark.utf8)) != nil {
      throw IntakeError(
        .unreadable, "The XML declares a document type (\(mark)); an exported event log never does.")
    }
    let collector = EventCollector()
    collector.read(Data("<Log>".utf8) + body + Data("</Log>".utf8))
    return collector.events.isEmpty && !isWhole
      ? nil
      : Found(
        events: collector.events, count: collector.count, first: collector.first, last: collector.last,
        isWhole: isWhole)
  }

  /// Every `<Event …>…</Event>` of a text, one behind the other.
  private static func fragments(of data: Data, from start: Int) -> Data {
    var body = Data()
    var place = start
    let opening = Data("<Event".utf8)
    let closing = Data("</Event>".utf8)
    while let begin = data.range(of: opening, in: place..<data.endIndex),
      let end = data.range(of: closing, in: begin.upperBound..<data.endIndex)
    {
      let next = data[begin.upperBound]
      if next == UInt8(ascii: " ") || next == UInt8(ascii: ">") {
        body += data[begin.lowerBound..<end.upperBound]
      }
      place = end.upperBound
    }
    return body
  }
}

/// Takes what libxml2 meets. Foundation's own reader of XML traps on an instruction without content, `<?x?>`.
private final class EventCollector {
  private(set) var events: [LogEvent] = []
  private(set) var count = 0
  private(set) var first: Timestamp?
  private(set) var last: Timestamp?
  private var builder: EventBuilder?
  private var isDone = false

  /// What stands before a fault counts.
  func read(_ document: Data) {
    var handler = xmlSAXHandler()
    handler.initialized = UInt32(XML_SAX2_MAGIC)
    handler.startElementNs = { context, name, _, _, _, _, count, _, attributes in
      EventCollector.of(context)?.open(name, attributes, count: Int(count))
    }
    handler.endElementNs = { context, name, _, _ in EventCollector.of(context)?.close(name) }
    handler.characters = { context, text, count in EventCollector.of(context)?.add(text, count: Int(count)) }
    handler.cdataBlock = handler.characters
    guard let count = Int32(exactly: document.count),
      let context = xmlCreatePushParserCtxt(
        &handler, Unmanaged.passUnretained(self).toOpaque(), nil, 0, nil)
    else { return }
    defer { xmlFreeParserCtxt(context) }
    let options = XML_PARSE_NOENT.rawValue | XML_PARSE_NONET.rawValue
    _ = xmlCtxtUseOptions(context, Int32(options))
    _ = document.withUnsafeBytes {
      xmlParseChunk(context, $0.bindMemory(to: CChar.self).baseAddress, count, 1)
    }
  }

  private static func of(_ context: UnsafeMutableRawPointer?) -> EventCollector? {
    guard let context else { return nil }
    let collector = Unmanaged<EventCollector>.fromOpaque(context).takeUnretainedValue()
    return collector.isDone ? nil : collector
  }

  /// - Parameter attributes: five places for each: local name, prefix, namespace, begin and end of the value.
  private func open(
    _ name: UnsafePointer<xmlChar>?, _ attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?, count: Int
  ) {
    let element = text(name)
    if element == "Event" { builder = EventBuilder() }
    guard builder != nil else { return }
    builder?.open(element)
    for attribute in 0..<count {
      guard let place = attributes?.advanced(by: attribute * 5), let begin = place[3], let end = place[4]
      else { continue }
      builder?.attribute(text(place[0]), text(begin, count: end - begin))
    }
    if builder?.isSound == false { isDone = true }
  }

  private func add(_ begin: UnsafePointer<xmlChar>?, count: Int) {
    guard builder != nil, let begin else { return }
    builder?.add(text(begin, count: count))
  }

  private func close(_ name: UnsafePointer<xmlChar>?) {
    builder?.close()
    guard text(name) == "Event" else { return }
    if let event = builder?.finished {
      count += 1
      if let time = event.time {
        first = min(first ?? time, time)
        last = max(last ?? time, time)
      }
      if event.isOfRemoteDesktop { events.append(event) }
    }
    builder = nil
    if events.count >= LogEvent.countLimit { isDone = true }
  }

  private func text(_ name: UnsafePointer<xmlChar>?) -> String { name.map { String(cString: $0) } ?? "" }

  private func text(_ begin: UnsafePointer<xmlChar>, count: Int) -> String {
    String(decoding: UnsafeBufferPointer(start: begin, count: count), as: UTF8.self)
  }
}
