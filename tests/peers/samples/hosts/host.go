// Package main runs Go samples: a name per line of the input, and END with the error after the
// output of each.
package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fmt.Printf("\n\x00END %s\x00", run(samples[lines.Text()]))
	}
}

func run(sample func()) (failure string) {
	defer func() {
		if err := recover(); err != nil {
			failure = fmt.Sprint(err)
		}
	}()
	sample()
	return ""
}
