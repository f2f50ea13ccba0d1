import KnowledgeFormat
import TestSupport
import Testing
import Wizard

@testable import Configuration

@Suite struct ConfigurationTests {
  func read(_ text: String) -> Configuration {
    var configuration = Configuration()
    configuration.read(text, file: "config.yaml")
    return configuration
  }

  @Test func theSampleIsRightAndNamesEveryField() {
    #expect(read(Configuration.sample) == Configuration())
    let lines = Configuration.sample.split(separator: "\n").compactMap { line -> String? in
      let text = line.dropFirst(2)
      guard let colon = text.firstIndex(of: ":"), Configuration.fields.contains(String(text[..<colon])) else {
        return nil
      }
      return String(text)
    }
    #expect(lines.count == Configuration.fields.count)
    let used = read(
      lines.filter { !$0.hasPrefix("ca-file") && !$0.hasPrefix("knowledge") }.joined(separator: "\n"))
    #expect(used.problems.isEmpty, "\(used.problems)")
    #expect(
      used.theme == .standard && used.language == .english && used.isASCII == false && used.port == 3389
        && used.timeout == 10)
    #expect(used.learns == true && used.data == "/var/lib/rdptriage" && used.keys != KeyMap())
  }

  @Test func thePersonsOwnFileWinsFieldByField() throws {
    let folder = try TemporaryFolder()
    let host = try folder.write("theme: plain\ntimeout: 3\n", to: "host.yaml")
    let own = try folder.write("timeout: 20.5\n", to: "own.yaml")
    let both = Configuration(files: [host, "\(folder.path)/missing.yaml", own])
    #expect(both.theme == .plain)
    #expect(both.timeout == 20.5)
    #expect(both.problems.isEmpty)
  }

  @Test func theFilesAreThoseOfTheHostAndOfThePerson() {
    #expect(
      Configuration.files(["XDG_CONFIG_HOME": "/x", "HOME": "/h"])
        == ["/etc/rdptriage/config.yaml", "/x/rdptriage/config.yaml"])
    #expect(Configuration.files(["HOME": "/h"]).last == "/h/.config/rdptriage/config.yaml")
  }

  @Test(arguments: [
    ("theme: pink", 1, "“pink” cannot stand at “theme”"), ("language: xx", 1, "language"),
    ("ascii: true\ntimeout: soon", 2, "write seconds"),
    ("port: 70000", 1, "from 1 to 65535"), ("colour: red", 1, "unknown field “colour”"),
    ("learning: maybe", 1, "true or false"), ("ascii: [", 1, "no valid YAML"),
    ("\n\nknowledge: [/nonexistent/x]", 3, "there is no folder “/nonexistent/x”"),
    ("ca-file: /nonexistent/x", 1, "no such file"), ("keys: { q: w }", 1, "would mean both “q” and “w”"),
    ("keys: { z: Q }", 1, "is no key that can be exchanged"), ("keys: { q: 1 }", 1, "write one letter"),
    ("dns: a b", 1, "write an address"), ("data: here", 1, "beginning with /"),
    ("- theme", 1, "is a map of fields"),
  ]) func aMistakeIsNamedWithItsPlaceAndTheRestCounts(text: String, line: Int, words: String) throws {
    let configuration = read(text)
    let problem = try #require(configuration.problems.first)
    #expect(configuration.problems.count == 1, "\(configuration.problems)")
    #expect(problem.line == line && problem.file == "config.yaml", "\(problem)")
    #expect(problem.message.contains(words), "\(problem)")
    #expect(configuration.isASCII == (text.hasPrefix("ascii: true") ? true : nil))
    #expect(configuration.keys == KeyMap())
  }

  @Test func keysCanChangePlaces() {
    let configuration = read("keys: { q: w, w: q }")
    #expect(configuration.problems.isEmpty)
    #expect(configuration.keys != KeyMap())
  }
}
