import Diagnosis
import Documents
import Facts
import Foundation
import Intake
import Testing

/// Whatever is handed in, reading ends, and never with a trap.
@Suite struct HostileDocumentTests {
  static let log: [UInt8] = {
    var sample = EventLogSample()
    sample.add(
      provider: "Microsoft-Windows-Security-Auditing", id: 4625, fileTime: 133_591_410_130_000_000,
      data: [("Status", "0xc000006d"), ("SubStatus", "0xc0000234")])
    sample.add(
      provider: "Microsoft-Windows-TerminalServices-RemoteConnectionManager", id: 1149,
      fileTime: 133_591_410_140_000_000, data: [("Param1", "jdoe")])
    return sample.bytes
  }()

  static let texts = [
    "C:\\> qwinsta\n SESSIONNAME  USERNAME  ID  STATE\n>rdp-tcp#1 a  2  Active\n rdp-tcp  65536  Listen\n",
    "SERVICE_NAME: TermService\n STATE : 4  RUNNING\n START_TYPE : 4 DISABLED\n",
    "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\n fDenyTSConnections REG_DWORD 0x1\n",
    "  TCP    0.0.0.0:3389  0.0.0.0:0  LISTENING  1204\nsvchost.exe 1204 TermService\n",
    "Event[0]:\n Log Name: Security\n Source: Microsoft-Windows-Security-Auditing\n Date: 2026-05-04T08:00:00\n Event ID: 4625\n Status: 0xC000006D\n",
    "full address:s:srv01\ngatewayhostname:s:gw\ngatewayusagemethod:i:1\nselectedmonitors:s:0,1\n",
    EventLogTests.xml(1149, provider: EventLogTests.manager, time: "2026-05-04T08:00:00Z"),
  ]

  @Test func theSampleLogIsReadAsItWasMade() throws {
    let log = try #require(EventLogFile(Self.log))
    #expect(log.recordsUnreadable == 0)
    #expect(log.events.map(\.id) == [4625, 1149])
    #expect(log.events[0].timeText == "2024-05-02 16:30")
    #expect(log.events[0].values.map(\.text) == ["0xc000006d", "0xc0000234"])
    let read = Documents.read(log.events, name: "security.evtx")
    #expect(
      read.findings.compactMap(\.outcome?.name) == ["locked", "authenticated"])
    #expect(read.findings.allSatisfy { $0.source == .file("security.evtx") })
  }

  @Test func everyTruncationOfALogEnds() {
    for length in stride(from: 0, through: 4096 + 2600, by: 1) {
      let log = EventLogFile(Array(Self.log.prefix(length)))
      #expect((log?.recordsRead ?? 0) <= 2)
    }
  }

  @Test func everyMutationOfALogEnds() {
    var random = SplitMix64(seed: 20_261)
    let end = 4096 + 2600
    for _ in 0..<6000 {
      var bytes = Self.log
      for _ in 0..<(1 + Int(random.next() % 4)) {
        bytes[4096 + Int(random.next() % UInt64(end - 4096))] = UInt8(truncatingIfNeeded: random.next())
      }
      let log = EventLogFile(bytes)
      #expect((log?.events.count ?? 0) <= 4)
    }
  }

  @Test func aTemplateThatUsesItselfEnds() throws {
    // A substitution of binary XML whose bytes are the whole chunk again.
    var bytes = Self.log
    for place in (4096 + 512)..<(4096 + 2600) where bytes[place] == 0x0D { bytes[place + 3] = 0x21 }
    for place in (4096 + 512)..<(4096 + 2600) where bytes[place] == 0x06 && bytes[place - 1] == 0 {
      bytes[place] = 0x21
    }
    #expect(EventLogFile(bytes) != nil)
  }

  @Test func everyTruncationAndMutationOfATextEnds() {
    var random = SplitMix64(seed: 7)
    for text in Self.texts {
      let scalars = Array(text.unicodeScalars)
      for length in 0...scalars.count {
        _ = try? Intake.read(pasted: String(String.UnicodeScalarView(scalars.prefix(length))))
      }
      for _ in 0..<300 {
        var changed = scalars
        for _ in 0..<4 {
          let place = Int(random.next() % UInt64(changed.count))
          switch random.next() % 4 {
          case 0: changed[place] = Unicode.Scalar(UInt8(truncatingIfNeeded: random.next()))
          case 1: changed.remove(at: place)
          case 2: changed.insert(contentsOf: changed[..<place], at: place)
          default:
            changed[place] =
              ["\n", ":", "=", " ", "9", "\u{202E}", "\u{10FFFF}", "é"][Int(random.next() % 8)]
          }
          if changed.count > 4000 || changed.isEmpty { changed = scalars }
        }
        guard let read = try? Intake.read(pasted: String(String.UnicodeScalarView(changed))) else { continue }
        let shown = read.name + read.findings.map { "\($0)" }.joined()
        #expect(
          shown.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.properties.generalCategory != .format })
      }
    }
  }

  @Test func linesWithoutEndAndWithoutLengthAreCut() {
    let wide = "Session logins are currently ENABLED " + String(repeating: "x", count: 3_000_000)
    #expect(Documents.read(wide, name: "wide", isFile: false).findings.first?.outcome == "enabled")
    let many = String(repeating: "\n", count: 2_000_000) + "Session logins are currently ENABLED"
    #expect(Documents.read(many, name: "many", isFile: false).findings.isEmpty)
  }
}
