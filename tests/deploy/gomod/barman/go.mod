module inkgate/tests/deploy/gomod/barman

go 1.26.0

require github.com/cloudnative-pg/plugin-barman-cloud v0.15.0
