# Perl: sleeps of fractions, fork and wait, a pipe to a child, select on it, a signal handler, and what it takes from chance.
use strict;
use warnings;
use Time::HiRes qw(sleep time);
use POSIX ":sys_wait_h";

$| = 1;
my $second = $ENV{GUEST_NATIVE} ? 0.01 : 1;
my $start = time;

my @children;
for my $n (3, 1, 2) {
  my $pid = fork // die "fork: $!";
  if (!$pid) {
    sleep $n * $second;
    exit $n;
  }
  push @children, $pid;
}
my @order;
for (1 .. 3) {
  waitpid(-1, 0);
  push @order, $? >> 8;
}
print "order @order, pids @children\n";
die "order" unless "@order" eq "1 2 3";

pipe(my $reader, my $writer) or die "pipe: $!";
my $child = fork // die "fork: $!";
if (!$child) {
  close $reader;
  for my $n (1 .. 3) {
    sleep $second;
    syswrite $writer, "line $n\n";
  }
  exit 0;
}
close $writer;
my ($lines, $looks) = ("", 0);
while (1) {
  my $set = "";
  vec($set, fileno($reader), 1) = 1;
  $looks += 1;
  next unless select(my $ready = $set, undef, undef, 0.4 * $second);
  last unless sysread $reader, $lines, 100, length $lines;
}
waitpid $child, 0;
print $lines, "looks $looks\n";
die "lines" unless $lines eq "line 1\nline 2\nline 3\n";

my $alarms = 0;
local $SIG{ALRM} = sub { $alarms += 1 };
Time::HiRes::alarm(2 * $second);
sleep 10 * $second;
die "alarm" unless $alarms == 1;

my %hash = map { $_ => 1 } qw(apple pear plum fig quince medlar sloe);
print "keys @{[keys %hash]}\n", "random ", rand, "\n", "address ", \%hash, "\n";
printf "elapsed %.3f\n", time - $start unless $ENV{GUEST_NATIVE};
print `echo from a child; uname -n`;
