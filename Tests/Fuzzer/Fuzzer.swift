import CFuzzer
import FuzzTargets
import Glibc

/// `rdptriage-fuzz DECODER [libFuzzer's options and folders]`, `--list`, or `--seeds DECODER FOLDER`.
///
/// The script `fuzz` beside this file builds it with libFuzzer and runs it.
@main
enum Fuzzer {
  static func main() {
    let arguments = CommandLine.arguments
    switch (arguments.dropFirst().first, arguments.count) {
    case ("--list", 2):
      for target in FuzzTarget.all { print(target.name) }
    case ("--seeds", 4): exit(writeSeeds(of: arguments[2], to: arguments[3]))
    default: exit(fuzz(arguments))
    }
  }

  static func say(_ sentence: String) {
    var line = "rdptriage-fuzz: \(sentence)\n"
    line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  private static func writeSeeds(of name: String, to folder: String) -> Int32 {
    guard FuzzTarget.choose(name), let target = FuzzTarget.chosen else { return unknown(name) }
    for (number, seed) in target.seeds.enumerated() {
      guard let file = fopen("\(folder)/seed-\(number)", "w") else {
        say("\(folder) cannot be written to")
        return EX_IOERR
      }
      fwrite(seed, 1, seed.count, file)
      fclose(file)
    }
    return 0
  }

  private static func unknown(_ name: String) -> Int32 {
    say("there is no decoder “\(name)”; --list names them")
    return EX_USAGE
  }

  private static func fuzz(_ arguments: [String]) -> Int32 {
    let name = arguments.dropFirst().first ?? ""
    guard FuzzTarget.choose(name) else { return unknown(name) }
    var strings = (arguments.prefix(1) + arguments.dropFirst(2)).map { strdup($0) } + [nil]
    var count = Int32(strings.count - 1)
    let status = strings.withUnsafeMutableBufferPointer { buffer in
      var start = buffer.baseAddress
      return fuzz_run(&count, &start) { bytes, count in
        let input = [UInt8](UnsafeBufferPointer(start: bytes, count: count))
        if let complaint = FuzzTarget.chosen?.run(input) {
          Fuzzer.say(complaint)
          abort()
        }
        return 0
      }
    }
    guard status >= 0 else {
      say("this build holds no fuzzer: the script beside its source builds one")
      return EX_USAGE
    }
    return status
  }
}
