import Diagnosis
import Facts
import Foundation
import Testing

@testable import Wizard

/// Frames are compared with text files. With `RECORD_GOLDEN=1` the files are written and the tests fail, so that nobody records by
/// mistake.
@Suite struct GoldenFrameTests {
  @Test(arguments: Scene.allCases) func everyScreenLooksAsRecorded(scene: Scene) throws {
    let drive = scene.drive
    for (columns, rows) in [(80, 24), (40, 12)] {
      var sized = drive
      sized.send(.resized(Size(columns: columns, rows: rows)))
      try expectGolden(sized.text(columns, rows), "\(scene.rawValue)-\(columns)x\(rows).txt")
    }
  }

  @Test(arguments: [Scene.question, .step, .why]) func wideScreensKeepTheContentTogether(scene: Scene) throws
  {
    var drive = scene.drive
    drive.send(.resized(Size(columns: 200, rows: 60)))
    try expectGolden(drive.text(200, 60), "\(scene.rawValue)-200x60.txt")
  }

  @Test(arguments: [Scene.question, .step, .why, .targetWithErrors]) func withoutUnicodeTheScreensStayClear(
    scene: Scene
  ) throws {
    try expectGolden(scene.drive.text(80, 24, .ascii), "\(scene.rawValue)-ascii-80x24.txt")
  }

  private func expectGolden(
    _ text: String, _ name: String, at location: SourceLocation = #_sourceLocation
  ) throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")
    let file = folder.appendingPathComponent(name)
    if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1" {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data((text + "\n").utf8).write(to: file)
      Issue.record("\(name) is recorded; run again without RECORD_GOLDEN", sourceLocation: location)
      return
    }
    let wanted = try String(contentsOf: file, encoding: .utf8)
    #expect(text + "\n" == wanted, "\(name) differs", sourceLocation: location)
  }
}
