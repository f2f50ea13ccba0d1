import Documents
import Facts
import Foundation
import FoundationXML

/// Events exported as XML: the Event Viewer's file, `wevtutil /f:xml`, or fragments that stand in a text.
enum EventXML {
  struct Found {
    var events: [LogEvent]
    /// The text is XML from its first to its last character.
    var isWhole: Bool
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
  static func events(in text: String) throws(IntakeError) -> Found? {
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
    let parser = XMLParser(data: Data("<Log>".utf8) + body + Data("</Log>".utf8))
    parser.shouldResolveExternalEntities = false
    parser.delegate = collector
    // What was read up to a fault counts.
    _ = parser.parse()
    return collector.events.isEmpty && !isWhole ? nil : Found(events: collector.events, isWhole: isWhole)
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

private final class EventCollector: NSObject, XMLParserDelegate {
  var events: [LogEvent] = []
  private var builder: EventBuilder?

  func parser(
    _ parser: XMLParser, didStartElement element: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    if element == "Event" { builder = EventBuilder() }
    guard builder != nil else { return }
    builder?.open(element)
    for (name, value) in attributes { builder?.attribute(name, value) }
    if builder?.isSound == false { parser.abortParsing() }
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) { builder?.add(text) }

  func parser(
    _ parser: XMLParser, didEndElement element: String, namespaceURI: String?, qualifiedName: String?
  ) {
    builder?.close()
    guard element == "Event" else { return }
    if let event = builder?.finished, event.isOfRemoteDesktop { events.append(event) }
    builder = nil
    if events.count >= LogEvent.countLimit { parser.abortParsing() }
  }
}
