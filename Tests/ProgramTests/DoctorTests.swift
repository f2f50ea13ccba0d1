import Foundation
import TestSupport
import Testing

/// What the program says about the host that it runs on.
@Suite struct DoctorTests {
  struct Report {
    var states: [String: String] = [:]
    var saw: [String: String] = [:]
    var code: Int32

    init(_ result: Command.Result) throws {
      code = result.code
      let json = try #require(
        try? JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any],
        "\(result.output)")
      #expect(json["schema"] as? String == "rdptriage.doctor/1")
      for check in try #require(json["checks"] as? [[String: Any]]) {
        let id = try #require(check["id"] as? String)
        states[id] = check["state"] as? String
        saw[id] = check["saw"] as? String
        if check["state"] as? String != "ok" {
          #expect((check["advice"] as? String)?.isEmpty == false, "\(id)")
        }
      }
    }
  }

  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func report(
    _ arguments: [String] = [], environment: [String: String] = [:], data: String? = nil
  ) throws -> Report {
    try Report(
      Command.run(
        BuiltProgram.path("rdptriage"), ["doctor", "--json", "--data", data ?? folder.path] + arguments,
        environment: ["TERM": "xterm", "LC_ALL": "C.UTF-8"].merging(environment) { $1 }))
  }

  @Test func everyCheckIsReportedAndTheExitCodeAgrees() throws {
    let report = try report()
    #expect(
      Set(report.states.keys) == [
        "resolver", "route", "clock", "trust-store", "limits", "terminal", "locale", "clipboard", "data",
        "knowledge",
      ])
    #expect(report.code == (report.states.values.contains("problem") ? 3 : 0))
    for id in ["terminal", "locale", "clipboard", "data", "knowledge"] {
      #expect(report.states[id] == "ok", "\(id): \(report.saw[id] ?? "")")
    }
  }

  @Test func aTerminalThatNobodyKnowsIsAProblem() throws {
    let report = try report(environment: ["TERM": "no-such-terminal"])
    #expect(report.states["terminal"] == "problem")
    #expect(report.code == 3)
    #expect(try self.report(environment: ["TERM": ""]).states["terminal"] == "warning")
  }

  @Test func aTerminalThatCannotMoveItsCursorIsAProblem() throws {
    let report = try report(environment: ["TERM": "dumb"])
    #expect(report.states["terminal"] == "problem")
    #expect(report.saw["terminal"]?.contains("cup") == true)
  }

  @Test(arguments: [("C", "does not write UTF-8"), ("xx_YY.UTF-8", "does not have")])
  func aLocaleThatIsNoHelpIsAWarning(_ locale: String, _ words: String) throws {
    let report = try report(environment: ["LC_ALL": locale])
    #expect(report.states["locale"] == "warning")
    #expect(report.saw["locale"]?.contains(words) == true)
  }

  @Test func aHostThatTrustsNobodyIsTold() throws {
    let report = try report(environment: ["SSL_CERT_FILE": "/nonexistent", "SSL_CERT_DIR": "/nonexistent"])
    #expect(report.states["trust-store"] == "warning")
  }

  @Test(.enabled(if: TestCertificates.isAvailable)) func authoritiesAreCounted() throws {
    let authority = try TestCertificates()
    let report = try report(environment: ["SSL_CERT_FILE": authority.root, "SSL_CERT_DIR": "/nonexistent"])
    #expect(report.states["trust-store"] == "ok")
    #expect(report.saw["trust-store"]?.hasPrefix("1 of them") == true)
  }

  @Test func aFolderThatCannotBeMadeIsAProblem() throws {
    #expect(try report(data: "/dev/null/cases").states["data"] == "problem")
  }

  @Test func aDamagedCaseFileIsAProblem() throws {
    try folder.write(String(repeating: "no database ", count: 400), to: "cases.sqlite")
    let report = try report()
    #expect(report.states["data"] == "problem")
    #expect(report.code == 3)
  }

  @Test func knowledgeThatIsLeftOutIsTold() throws {
    let overlay = try folder.makeFolder("overlay/causes")
    try folder.write("title: [", to: "overlay/causes/broken.yaml")
    let report = try report(["--knowledge", String(overlay.dropLast("/causes".count))])
    #expect(report.states["knowledge"] == "warning")
    #expect(report.saw["knowledge"]?.contains("overlay") == true)
  }

  @Test(
    .enabled(if: geteuid() == 0 && Command.path(of: "unshare") != nil, "needs root and unshare"),
    arguments: ["192.0.2.7", "srv01.example.test"])
  func aHostWithoutANetworkIsTheProblemAndNotTheTarget(_ target: String) throws {
    let program = BuiltProgram.path("rdptriage")
    let doctor = try Report(
      Command.run(
        "unshare", ["-n", program, "doctor", "--json", "--data", folder.path],
        environment: ["TERM": "xterm", "LC_ALL": "C.UTF-8"]))
    #expect(doctor.states["route"] == "problem")
    #expect(doctor.states["resolver"] == "problem")
    #expect(doctor.code == 3)
    for command in ["probe", "diagnose"] {
      let result = try Command.run("unshare", ["-n", program, command, target])
      #expect(result.code == 3, "\(result.output)")
      #expect(result.output.contains("rdptriage doctor"))
      // Nothing is said about the target: no line begins with a finding and its outcome. That it cannot be reached is this host's word.
      #expect(
        result.output.contains("  unreachable ") == (result.output.contains("This host's own routes")),
        "\(result.output)")
      #expect((target == "192.0.2.7") == result.output.contains("This host's own routes"), "\(result.output)")
      for outcome in ["refused", "silent", "not-found", "server-failure"] {
        #expect(!result.output.contains("  \(outcome) "), "\(result.output)")
      }
    }
  }
}
