import Facts
import Testing

@Suite struct TargetTests {
  @Test(arguments: [
    ("srv01", Target.Host.name("srv01"), 3389),
    ("  srv01.corp.example:3390 ", .name("srv01.corp.example"), 3390),
    ("192.0.2.7", .ipv4("192.0.2.7"), 3389),
    ("192.0.2.7:65535", .ipv4("192.0.2.7"), 65535),
    ("::1", .ipv6("::1"), 3389),
    ("[::1]:3390", .ipv6("::1"), 3390),
    ("2001:db8::192.0.2.1", .ipv6("2001:db8::192.0.2.1"), 3389),
    ("fe80::1%eth0", .ipv6("fe80::1%eth0"), 3389),
    ("rdp://srv01:3390/", .name("srv01"), 3390),
    ("rdp://full%20address=s:srv01%3A3390&audiomode=i:2", .name("srv01"), 3390),
    ("my_host", .name("my_host"), 3389),
  ])
  func theSpellingsOfTheContractAreRead(text: String, host: Target.Host, port: UInt16) throws {
    let target = try Target(text)
    #expect(target.host == host)
    #expect(target.port == port)
  }

  @Test(arguments: [
    ("", "Type the name"), ("srv01:0", "no port"), ("srv01:65536", "no port"), ("srv01:", "no port"),
    ("srv01:+1", "no port"), ("[::1", "not closed"), ("[::1]3389", "colon"), ("1.2.3.400", "no IPv4"),
    ("1.2.3", "no IPv4"), ("a b", "cannot contain"), ("-x", "hyphen"), ("a..b", "host name"),
    ("srv;rm", "cannot contain"), ("sörv", "xn--"), ("1:2:3", "no IPv6"), ("::1::", "no IPv6"),
    (":::", "no IPv6"),
    ("rdp://", "Type the name"), ("a\u{1b}[31m", "cannot contain"),
  ])
  func whatIsNoTargetIsRefusedWithASentenceThatNamesIt(text: String, part: String) {
    #expect {
      try Target(text)
    } throws: { error in
      let sentence = "\(error)"
      return sentence.contains(part) && !sentence.unicodeScalars.contains("\u{1b}")
    }
  }

  @Test func theConnectTextIsWhatMstscTakes() throws {
    #expect(try Target("srv01").connectText == "srv01")
    #expect(try Target("srv01:3390").connectText == "srv01:3390")
    #expect(try Target("[::1]:3390").connectText == "[::1]:3390")
    #expect(try Target("::1").connectText == "::1")
  }

  @Test func tooLongNamesAreRefused() {
    #expect(throws: TargetError.self) { try Target(String(repeating: "a", count: 64)) }
    #expect(throws: TargetError.self) {
      try Target(Array(repeating: "abc", count: 70).joined(separator: "."))
    }
  }
}
