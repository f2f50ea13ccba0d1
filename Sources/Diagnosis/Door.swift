public import Facts

extension Fix {
  /// A way to act on the place of a fix while RDP is down, by its name, for example "serial console".
  public struct Door: Hashable, Sendable, Codable, RawRepresentable {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public init(from decoder: any Decoder) throws {
      rawValue = try decoder.singleValueContainer().decode(String.self)
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(rawValue)
    }

    public static let client = Door(rawValue: "client")
    public static let jumpHost = Door(rawValue: "jump host")
    public static let console = Door(rawValue: "console")
    public static let gui = Door(rawValue: "gui")
    public static let winrm = Door(rawValue: "winrm")
  }
}

/// What one door asks for and, where it leads to a console, how to get to the shell there.
public struct DoorEntry: Sendable, Equatable {
  public var door: Fix.Door
  /// Among the doors to a console: the lower, the earlier.
  public var place: Double
  /// What must be so before it opens: rights, services, settings.
  public var needs: String
  /// For each shell how one gets to it; `{machine}` stands for what the fix is done on. Empty: the door leads to no console.
  public var first: [Fix.Shell: String]
  /// False where nobody sits who could answer what a command asks.
  public var asks: Bool
  /// What a probe states where the door is there; nil where no probe sees it.
  public var sign: Sign?
  public var sources: [String]
  public var origin: String

  public struct Sign: Sendable, Equatable {
    public var finding: FindingID
    /// What the detail `product` of the finding names; nil where the finding is of this door alone.
    public var product: String?
    public init(finding: FindingID, product: String? = nil) {
      self.finding = finding
      self.product = product
    }
  }

  public init(
    door: Fix.Door, place: Double = 99, needs: String, first: [Fix.Shell: String] = [:], asks: Bool = true,
    sign: Sign? = nil, sources: [String] = [], origin: String = "built-in"
  ) {
    self.door = door
    self.place = place
    self.needs = needs
    self.first = first
    self.asks = asks
    self.sign = sign
    self.sources = sources
    self.origin = origin
  }

  /// Whether the probes found this way in; nil when they cannot tell.
  public func isOpen(_ findings: [Finding]) -> Bool? {
    guard let sign, let finding = findings.first(where: { $0.id == sign.finding }),
      let outcome = finding.outcome
    else { return nil }
    guard let product = sign.product else { return outcome == "open" }
    guard outcome == "open", case .text(let name)? = finding.detail("product") else { return nil }
    return name.contains(product) ? true : nil
  }
}

extension Fix {
  /// The fix with its commands given through every door to a console as well, and with what each door asks for.
  func composed(with doors: [DoorEntry]) -> Fix {
    var fix = self
    func needs(_ door: Door) -> String { doors.first { $0.door == door }?.needs ?? "" }
    let consoles = commands.filter { $0.door == .console && [.powershell, .cmd].contains($0.shell) }
    let isOnServer = [.server, .broker, .gateway].contains(place)
    let more = doors.sorted { ($0.place, $0.door.rawValue) < ($1.place, $1.door.rawValue) }
      .filter { entry in
        !commands.contains { $0.door == entry.door }
          && (through.map { $0.contains(entry.door) } ?? isOnServer)
      }
      .compactMap { entry -> Command? in
        for command in consoles {
          guard let first = entry.first[command.shell], entry.asks || !command.asks else { continue }
          return Command(
            door: entry.door, shell: command.shell, text: command.text,
            first: first.replacing(DoorEntry.machine, with: machine))
        }
        return nil
      }
    let place = commands.lastIndex { $0.door == .console } ?? commands.count - 1
    fix.commands.insert(contentsOf: more, at: place + 1)
    for index in fix.commands.indices { fix.commands[index].needs = needs(fix.commands[index].door) }
    return fix
  }

  fileprivate var machine: String {
    switch place {
    case .broker: "the broker"
    case .gateway: "the gateway"
    default: "the host"
    }
  }
}

extension DoorEntry {
  public static let machine = "{machine}"
}

extension Fix.Command {
  /// It waits for somebody to type.
  public var asks: Bool { Self.question(in: text) != nil }

  /// The part of a command text that waits for somebody to type; nil when none does.
  public static func question(in text: String) -> String? {
    let low = text.lowercased()
    return ["read-host", "get-credential", "passwordd:*"].first(where: low.contains)
      ?? (low.contains("net user ") && low.contains(" *") ? "net user … *" : nil)
  }
}
