{{/*
What is fixed about each service: the port of its settings, its secrets, where it calls, and whom it answers.
`outside`: it has paths for the ingress. `https`: it calls WhatsApp or Stripe.
*/}}
{{- define "inkgate.facts" -}}
intake:
  port: 8081
  outside: true
  https: false
  secrets: [INKGATE_DATABASE_URL, INKGATE_IDENTITY_KEY, INKGATE_WHATSAPP_APP_SECRET, INKGATE_WHATSAPP_VERIFY_TOKEN]
  optionalSecrets: []
dialogue:
  port: 8080
  outside: true
  https: {{ .Values.networkPolicy.calendar }}
  secrets: [INKGATE_DATABASE_URL, INKGATE_API_KEY]
  optionalSecrets: [INKGATE_CALENDAR_SECRET]
sender:
  port: 8082
  outside: false
  https: true
  secrets: [INKGATE_DATABASE_URL, INKGATE_WHATSAPP_ACCESS_TOKEN]
  optionalSecrets: [INKGATE_API_KEY]
payments:
  port: 8083
  outside: true
  https: true
  secrets: [INKGATE_DATABASE_URL, INKGATE_STRIPE_SECRET_KEY, INKGATE_STRIPE_WEBHOOK_SECRET]
  optionalSecrets: []
{{- end }}

{{/* Paths for clients, Meta and Stripe, by service. Nothing else is routed from outside: not /metrics, /health, /schema, /api. */}}
{{- define "inkgate.publicPaths" -}}
- {path: /webhooks/whatsapp, type: Exact, service: intake}
- {path: /webhooks/stripe, type: Exact, service: payments}
- {path: /pay, type: Prefix, service: payments}
- {path: /act, type: Prefix, service: dialogue}
- {path: /appointments, type: Prefix, service: dialogue}
- {path: /calendar, type: Prefix, service: dialogue}
{{- end }}

{{- define "inkgate.fullname" -}}
{{- $name := contains .Chart.Name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) }}
{{- .Values.fullnameOverride | default $name | replace "." "-" | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "inkgate.image" -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}

{{/* Labels by which objects find each other; they never change. Call with (list $ name). */}}
{{- define "inkgate.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ $root.Chart.Name }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* Labels of a pod. The chart's version is none of them: a new chart alone starts no pod anew. */}}
{{- define "inkgate.podLabels" -}}
{{- $root := index . 0 -}}
{{ include "inkgate.selector" . }}
app.kubernetes.io/part-of: {{ $root.Chart.Name }}
app.kubernetes.io/version: {{ $root.Values.image.tag | default $root.Chart.AppVersion | trunc 63 | trimAll "-_." | quote }}
{{- end }}

{{- define "inkgate.labels" -}}
{{- $root := index . 0 -}}
{{ include "inkgate.podLabels" . }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "inkgate.studioConfigMap" -}}
{{- if .Values.studio.existingConfigMap }}{{ .Values.studio.existingConfigMap }}
{{- else if .Values.studio.files }}{{ include "inkgate.fullname" . }}-studio
{{- end }}
{{- end }}

{{/* The environment of a service, for serving and for migrating alike. Call with (list $ name). */}}
{{- define "inkgate.env" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- $values := index $root.Values.services $name -}}
{{- $facts := index (include "inkgate.facts" $root | fromYaml) $name -}}
{{- $own := printf "%s-%s" (include "inkgate.fullname" $root) $name -}}
{{- $kafka := $root.Values.kafka -}}
{{- $sasl := hasPrefix "SASL" $kafka.securityProtocol -}}
{{- $settings := dict
  "INKGATE_HTTP_HOST" "0.0.0.0"
  "INKGATE_HTTP_PORT" $facts.port
  "INKGATE_LOG_FORMAT" $root.Values.log.format
  "INKGATE_LOG_LEVEL" $root.Values.log.level
  "INKGATE_KAFKA_BOOTSTRAP" $kafka.bootstrap
  "INKGATE_KAFKA_SECURITY_PROTOCOL" $kafka.securityProtocol
  "INKGATE_TOPIC_PREFIX" $kafka.topics.prefix
  "INKGATE_TOPIC_PARTITIONS" $kafka.topics.partitions
  "INKGATE_TOPIC_REPLICATION" $kafka.topics.replication -}}
{{- if $sasl }}
  {{- $_ := set $settings "INKGATE_KAFKA_SASL_MECHANISM" $kafka.saslMechanism }}
  {{- $_ := set $settings "INKGATE_KAFKA_SASL_USERNAME" ($values.kafkaUsername | default $own) }}
{{- end }}
{{- if $root.Values.traces.endpoint }}
  {{- $_ := set $settings "INKGATE_OTLP_ENDPOINT" $root.Values.traces.endpoint }}
  {{- $_ := set $settings "INKGATE_TRACE_RATIO" $root.Values.traces.ratio }}
{{- end }}
{{- if $values.databaseCA.name }}
  {{- /* asyncpg reads them, as libpq does. */}}
  {{- $_ := set $settings "PGSSLMODE" "verify-full" }}
  {{- $_ := set $settings "PGSSLROOTCERT" "/etc/inkgate/database-ca/ca.crt" }}
{{- end }}
{{- if $kafka.caSecret.name }}{{ $_ := set $settings "INKGATE_KAFKA_SSL_CAFILE" "/etc/inkgate/kafka-ca/ca.crt" }}{{ end }}
{{- if $values.kafkaCertificate.name }}
  {{- $_ := set $settings "INKGATE_KAFKA_SSL_CERTFILE" "/etc/inkgate/kafka-certificate/tls.crt" }}
  {{- $_ := set $settings "INKGATE_KAFKA_SSL_KEYFILE" "/etc/inkgate/kafka-certificate/tls.key" }}
{{- end }}
{{- if eq $name "dialogue" }}{{ $_ := set $settings "INKGATE_WHATSAPP_PHONE_NUMBER_ID" (first $root.Values.whatsapp.phoneNumberIds) }}{{ end }}
{{- if has $name (list "intake" "sender") }}{{ $_ := set $settings "INKGATE_WHATSAPP_PHONE_NUMBER_ID" (join "," $root.Values.whatsapp.phoneNumberIds) }}{{ end }}
{{- if has $name (list "dialogue" "payments") }}{{ $_ := set $settings "INKGATE_PUBLIC_URL" $root.Values.publicUrl }}{{ end }}
{{- if has $name (list "intake" "dialogue") }}
  {{- if $root.Values.studio.artistNumbers }}{{ $_ := set $settings "INKGATE_ARTIST_NUMBERS" (join "," $root.Values.studio.artistNumbers) }}{{ end }}
  {{- if include "inkgate.studioConfigMap" $root }}{{ $_ := set $settings "INKGATE_STUDIO" "/etc/inkgate/studio" }}{{ end }}
{{- end }}
{{- range $key, $value := merge (deepCopy $values.settings) $settings }}
- name: {{ $key }}
  {{- /* Helm reads whole numbers as floats, and would write large ones as 5e+10. */}}
  value: {{ and (kindIs "float64" $value) (eq (floor $value) $value) | ternary (int64 $value) $value | toString | quote }}
{{- end }}
{{- $required := $facts.secrets }}
{{- if $sasl }}{{ $required = append $required "INKGATE_KAFKA_SASL_PASSWORD" }}{{ end }}
{{- $optional := $facts.optionalSecrets }}
{{- if $root.Values.traces.endpoint }}{{ $optional = append $optional "INKGATE_OTLP_HEADERS" }}{{ end }}
{{- range $key := concat $required $optional }}
{{- $ref := index $values.secretRefs $key | default dict }}
- name: {{ $key }}
  valueFrom:
    secretKeyRef:
      name: {{ $ref.name | default $values.secretName | default $own }}
      key: {{ $ref.key | default $key }}
      {{- if has $key $optional }}
      optional: true
      {{- end }}
{{- end }}
{{- with $root.Values.pod.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/*
Folders under /etc/inkgate: certificates of the database, of the brokers, and our own, and the studio's files where the service reads them. Call with
(list $ name); for migrations with (list $ name "migrate"): the ConfigMap is not there yet, and they do not read it.
*/}}
{{- define "inkgate.volumes" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- with (index $root.Values.services $name).databaseCA }}{{ if .name }}
- name: database-ca
  secret:
    secretName: {{ .name }}
    items: [{key: {{ .key | quote }}, path: ca.crt}]
{{- end }}{{ end }}
{{- with $root.Values.kafka.caSecret }}{{ if .name }}
- name: kafka-ca
  secret:
    secretName: {{ .name }}
    items: [{key: {{ .key | quote }}, path: ca.crt}]
{{- end }}{{ end }}
{{- with (index $root.Values.services $name).kafkaCertificate }}{{ if .name }}
- name: kafka-certificate
  secret:
    secretName: {{ .name }}
    items: [{key: {{ .certKey | quote }}, path: tls.crt}, {key: {{ .keyKey | quote }}, path: tls.key}]
{{- end }}{{ end }}
{{- if and (has $name (list "intake" "dialogue")) (eq (len .) 2) }}{{ with include "inkgate.studioConfigMap" $root }}
- name: studio
  configMap:
    name: {{ . }}
{{- end }}{{ end }}
{{- end }}

{{/* Where those folders are in a container. Whole folders, no subPath: only so does a running pod see a changed ConfigMap. */}}
{{- define "inkgate.volumeMounts" -}}
{{- range include "inkgate.volumes" . | fromYamlArray }}
- name: {{ .name }}
  mountPath: /etc/inkgate/{{ .name }}
  readOnly: true
{{- end }}
{{- end }}

{{/* What every pod is, whatever runs in it. */}}
{{- define "inkgate.podSpec" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.pod.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.pod.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.pod.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.pod.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "inkgate.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{/* Rules of a NetworkPolicy that every pod needs: names, databases, brokers. */}}
{{- define "inkgate.egress" -}}
{{- with .Values.networkPolicy }}
- to: {{- toYaml .dnsTo | nindent 4 }}
  ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]
{{- range list .postgresql .kafka }}
- ports:
    {{- range .ports }}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
  {{- with .to }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* What the schema cannot compare. */}}
{{- define "inkgate.check" -}}
{{- range $name, $service := .Values.services }}
{{- with $service.autoscaling }}{{ if .enabled }}
{{- if gt (int .minReplicas) (int .maxReplicas) }}{{ fail (printf "services.%s.autoscaling: minReplicas is above maxReplicas" $name) }}{{ end }}
{{- if and .lagThreshold (gt (int .maxReplicas) (int $.Values.kafka.topics.partitions)) }}{{ fail (printf "services.%s.autoscaling.maxReplicas is above kafka.topics.partitions: the rest would have nothing to read" $name) }}{{ end }}
{{- end }}{{ end }}
{{- end }}
{{- if le (int .Values.shutdown.gracePeriodSeconds) (int (add .Values.shutdown.preStopSeconds 10)) }}{{ fail "shutdown.gracePeriodSeconds must be more than shutdown.preStopSeconds + 10: a service drains for up to 10 s" }}{{ end }}
{{- if and .Values.ingress.enabled .Values.gateway.enabled }}{{ fail "ingress.enabled and gateway.enabled: choose one" }}{{ end }}
{{- if and .Values.studio.files .Values.studio.existingConfigMap }}{{ fail "studio.files and studio.existingConfigMap: choose one" }}{{ end }}
{{- with .Values.networkPolicy }}{{ if .enabled }}
{{- if and (or $.Values.ingress.enabled $.Values.gateway.enabled) (not .ingressFrom) }}{{ fail "networkPolicy.ingressFrom lets nobody in: name the namespace of your ingress controller or gateway" }}{{ end }}
{{- if and $.Values.metrics.serviceMonitor.enabled (not .metricsFrom) }}{{ fail "networkPolicy.metricsFrom lets nobody in: name the namespace of Prometheus" }}{{ end }}
{{- end }}{{ end }}
{{- end }}
