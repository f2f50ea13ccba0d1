import Testing

@testable import KnowledgeFormat

/// Commands that would do something else than their card says, for where they run.
@Suite struct ContextCheckTests {
  func problems(
    _ text: String, door: String = "winrm", shell: String = "powershell", fields: [String: String] = [:]
  )
    throws -> [String]
  {
    var sample = SampleKnowledge()
    sample.files["doors/winrm.yaml"] = "sources: [none]"
    sample.files["doors/console.yaml"] = "sources: [none]"
    sample.files["doors/run-command.yaml"] = "asks: false\nsources: [none]"
    let path = "fixes/start-service.yaml"
    let old = try #require(sample.files[path])
    let lines = old.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let start = try #require(lines.firstIndex(of: "commands:"))
    let end = try #require(lines[(start + 1)...].firstIndex { !$0.hasPrefix(" ") })
    var kept = Array(lines[..<start]) + lines[end...]
    for (name, value) in fields {
      let place = try #require(kept.firstIndex { $0.hasPrefix(name + ":") })
      kept[place] = "\(name): \(value)"
    }
    let block = text.split(separator: "\n").map { "      \($0)" }.joined(separator: "\n")
    kept.insert("commands:\n  - door: \(door)\n    shell: \(shell)\n    text: |\n\(block)", at: start)
    sample.files[path] = kept.joined(separator: "\n")
    return try sample.problems()
  }

  @Test(arguments: [
    #"Invoke-Command -ComputerName {host} -ScriptBlock { Test-Path \\SERVER\SHARE }"#,
    "Invoke-Command -ComputerName {host} -ScriptBlock { quser /server:OTHER }",
    "Invoke-Command -ComputerName {host} -ScriptBlock { Invoke-Command -ComputerName B -ScriptBlock { hostname } }",
    "Invoke-Command -Session $s -ScriptBlock { Get-HotFix -ComputerName B }",
  ]) func noThirdMachineInARemoteBlock(text: String) throws {
    #expect(try problems(text).contains { $0.contains("inside a remote block") }, "\(text)")
  }

  @Test(arguments: [
    "Invoke-Command -ComputerName {host} -ScriptBlock { if (1) { hostname } }; quser /server:OTHER",
    #"Test-Path \\SERVER\SHARE"#, "1..3 | ForEach-Object -ScriptBlock { Get-HotFix -ComputerName B }",
    "$p = Read-Host -AsSecureString; Invoke-Command -ComputerName {host} -ScriptBlock { Set-LocalUser N -Password $using:p }",
    "reg add HKLM\\SOFTWARE\\X /v A /d 1 /f", "Select-String fullscreen FILE.rdp",
  ]) func whatRunsWhereItShouldIsFine(text: String) throws {
    #expect(try problems(text) == [], "\(text)")
  }

  @Test func nothingAsksWhereNobodyIs() throws {
    #expect(
      try problems(
        "Invoke-Command -ComputerName {host} -ScriptBlock { Set-LocalUser N -Password (Read-Host) }"
      )
      .contains { $0.contains("“read-host” asks where nobody can answer") })
    #expect(
      try problems("net user NAME *", door: "run command", shell: "cmd").contains {
        $0.contains("asks where nobody can answer")
      })
    #expect(try problems("net user NAME *", door: "console", shell: "cmd") == [])
  }

  @Test(arguments: [
    ("reg delete HKLM\\SOFTWARE\\X /v A", "/f"), ("reg export HKLM\\SOFTWARE\\X C:\\x.reg", "/y"),
    ("net stop SessionEnv & net start SessionEnv", "/y"),
    ("dism /online /add-package /packagepath:C:\\x.cab", "/quiet"),
  ]) func whatMayAskIsForced(text: String, missing: String) throws {
    #expect(
      try problems(text, door: "console", shell: "cmd").contains { $0.contains("may ask: add \(missing)") })
  }

  @Test func wideFilesAreNotReadByBytes() throws {
    #expect(
      try problems("secedit /export /cfg C:\\r.inf; findstr SeDeny C:\\r.inf").contains {
        $0.contains("do not read UTF-16")
      })
    #expect(
      try problems("findstr /i gateway FILE.rdp", door: "console", shell: "cmd").contains {
        $0.contains("do not read UTF-16")
      })
  }

  @Test func aRestartOfTheServiceIsAnnounced() throws {
    let text = "Invoke-Command -ComputerName {host} -ScriptBlock { Restart-Service TermService -Force }"
    #expect(try problems(text).contains { $0.contains("every session is disconnected") })
    #expect(try problems(text, fields: ["notices": "everybody with a session"]) == [])
    #expect(
      try problems("net stop TermService /y & net start TermService", door: "console", shell: "cmd").contains
      {
        $0.contains("every session is disconnected")
      })
  }

  @Test func whatUndoReadsIsWrittenByEveryCommand() throws {
    let undo = ["undo": #"reg import C:\before.reg"#]
    #expect(
      try problems("reg add HKLM\\SOFTWARE\\X /v A /d 1 /f", door: "console", shell: "cmd", fields: undo)
        .contains {
          $0.contains(#"“undo” reads C:\before.reg, which the command of the door “console” does not write"#)
        })
    #expect(
      try problems(
        #"reg export HKLM\SOFTWARE\X C:\before.reg /y & reg add HKLM\SOFTWARE\X /v A /d 1 /f"#,
        door: "console",
        shell: "cmd", fields: undo) == [])
  }

  @Test(arguments: ["wmic os get caption", "Get-EventLog System"]) func whatIsGoneIsRefused(text: String)
    throws
  {
    #expect(try problems(text).contains { $0.contains("is gone from current Windows") })
  }

  @Test(arguments: [
    "Enable-NetFirewallRule -DisplayGroup 'Remote Desktop'",
    "net localgroup \"Remote Desktop Users\" USER /add",
    "icacls C:\\x /grant \"NT AUTHORITY\\NETWORK SERVICE:(R)\"",
  ]) func namesAreOfNoLanguage(text: String) throws {
    #expect(try problems(text).contains { $0.contains("in a Windows of another language") }, "\(text)")
  }

  @Test(arguments: [
    ("Get-Service | Where-Object { $_.Name -eq 'x' ", "powershell"), ("Get-Item 'C:\\x", "powershell"),
    ("(Get-Date).AddDays(1))", "powershell"), ("reg query \"HKLM\\X", "cmd"), ("echo 'x", "bash"),
  ]) func whatIsOpenedIsClosed(text: String, shell: String) throws {
    #expect(
      try problems(text, door: "console", shell: shell).contains { $0.contains("is not closed") }, "\(text)")
  }
}
