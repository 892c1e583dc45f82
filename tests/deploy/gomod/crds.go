//go:build crds

// Package gomod names the Go types of the operators whose objects the chart and its examples make. tests/deploy/schemas.py has
// controller-gen read them into the schemas that the objects are checked against.
package gomod

import (
	_ "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	_ "github.com/kedacore/keda/v2/apis/keda/v1alpha1"
	_ "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	_ "sigs.k8s.io/controller-tools/cmd/controller-gen"
	_ "sigs.k8s.io/gateway-api/apis/v1"
)
