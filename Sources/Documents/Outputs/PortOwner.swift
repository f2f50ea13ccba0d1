import Facts

extension OutputReader {
  /// `netstat -ano`, `Get-NetTCPConnection`, with `tasklist /svc` or `Get-Process` for the names. Rows are read by position, since
  /// the state is translated; a listening row has the foreign port 0.
  static let portOwner = OutputReader("netstat, Get-NetTCPConnection", states: ["paste.port-owner"]) { text in
    var table = PortTable(port: text.port)
    for line in text.lines { table.read(line) }
    return table.finding.map { [$0] } ?? []
  }
}

private struct PortTable {
  private struct Listener {
    let port: UInt16
    var process: UInt32?
  }
  let port: UInt16
  private var listeners: [Listener] = []
  private var names: [UInt32: String] = [:]
  private var services: [UInt32: String] = [:]
  private var isProcessTable = false
  private var block: (port: UInt16?, foreign: UInt16?, process: UInt32?) = (nil, nil, nil)
  /// `netstat -b` names the owner below its row.
  private var rowsSinceListener = Int.max
  private static let rowLimit = 10_000

  init(port: UInt16) { self.port = port }

  mutating func read(_ line: PastedText.Line) {
    guard listeners.count < Self.rowLimit, names.count < Self.rowLimit else { return }
    let words = line.words
    if line.isBlank {
      endBlock()
      return
    }
    if line.has("processname"), line.has("id") { isProcessTable = true }
    if rowsSinceListener < 2, let last = listeners.last, last.port == port, words.count <= 2 {
      rowsSinceListener += 1
      if line.has("termservice") {
        services[last.process ?? 0] = "TermService"
      } else if line.has("["), line.has(".exe]") {
        names[last.process ?? 0] = line.text.trimmed.filter { $0 != "[" && $0 != "]" }
      }
    }
    if words.count >= 4, words[0].uppercased() == "TCP", let local = Self.port(of: words[1]),
      let foreign = Self.port(of: words[2])
    {
      if foreign == 0 { add(local, words.last.flatMap { UInt32($0) }) }
    } else if words.count >= 5, let local = UInt16(words[1]), let foreign = UInt16(words[3]),
      words[0].contains(".") || words[0].contains(":")
    {
      if foreign == 0 { add(local, words.last.flatMap { UInt32($0) }) }
    } else if words.count >= 2, words[0].lowercased().hasSuffix(".exe"), let process = UInt32(words[1]) {
      names[process] = String(words[0])
      if line.has("termservice") { services[process] = "TermService" }
    } else if isProcessTable, words.count >= 5, let name = words.last,
      let process = UInt32(words[words.count - 3])
    {
      names[process] = String(name)
    } else if let pair = line.pair {
      switch pair.key {
      case "localport": block.port = UInt16(pair.value)
      case "remoteport": block.foreign = UInt16(pair.value)
      case "owningprocess": block.process = UInt32(pair.value)
      default: break
      }
    }
  }

  private mutating func add(_ port: UInt16, _ process: UInt32?) {
    listeners.append(Listener(port: port, process: process))
    rowsSinceListener = 0
  }

  private mutating func endBlock() {
    if let port = block.port, block.process != nil, block.foreign ?? 0 == 0 { add(port, block.process) }
    block = (nil, nil, nil)
  }

  private static func port(of address: Substring) -> UInt16? {
    guard let colon = address.lastIndex(of: ":") else { return nil }
    return UInt16(address[address.index(after: colon)...])
  }

  var finding: Finding? {
    var table = self
    table.endBlock()
    return table.owner
  }

  private var owner: Finding? {
    func isService(_ listener: Listener) -> Bool { services[listener.process ?? 0] != nil }
    let id: FindingID = "paste.port-owner"
    let here = listeners.filter { $0.port == port }
    guard let first = here.first else {
      if let elsewhere = listeners.first(where: isService) {
        return Finding(
          id, "other-port", "TermService listens on port \(elsewhere.port), not on \(port).",
          [.init("port", .integer(Int(elsewhere.port)))])
      }
      // A list that was filtered for one port proves nothing about the others.
      guard Set(listeners.map(\.port)).count >= 4 else { return nil }
      return Finding(id, "nothing", "Nothing listens on port \(port).")
    }
    if here.contains(where: isService) {
      return Finding(id, "termservice", "TermService listens on port \(port).")
    }
    guard let process = first.process, let name = names[process] else {
      return Finding(
        id, "unnamed", "A process listens on port \(port); its name was not shown.",
        first.process.map { [.init("process", .integer(Int($0)))] } ?? [])
    }
    let isHost = name.lowercased().hasPrefix("svchost")
    return Finding(
      id, isHost ? "service-host" : "other-program", "\(name) listens on port \(port).",
      [.init("program", .quoted(name)), .init("process", .integer(Int(process)))])
  }
}
