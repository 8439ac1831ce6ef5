module example.com/outside

go 1.26.0

require socklab v0.0.0

replace socklab => ../../../../..
